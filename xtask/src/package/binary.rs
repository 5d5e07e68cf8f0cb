//! A function's program, looked into: whether Lambda's system runs it, and what it weighs.

use std::{io::Write as _, ops::Range, path::Path};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::DeflateEncoder};

use super::Architecture;

/// The newest glibc that `provided.al2023` has.
const GLIBC_MAX: (u32, u32) = (2, 34);

/// Where an ELF file says which processor it is for, and what it says (ELF specification, `e_machine`).
const MACHINE: Range<usize> = 18..20;
const AARCH64: u16 = 183;
const X86_64: u16 = 62;

/// The bytes of a program.
pub(super) struct Binary(Vec<u8>);

impl Binary {
    pub(super) fn read(path: &Path) -> Result<Self> {
        std::fs::read(path).map(Self).with_context(|| format!("{} was not built", path.display()))
    }

    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// What it weighs as the only file of a zip, but for the zip's own few bytes.
    pub(super) fn zipped(&self) -> Result<u64> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.0)?;
        Ok(u64::try_from(encoder.finish()?.len())?)
    }

    /// Fails if Lambda would not start it: another processor, or a glibc that is newer than Lambda's.
    pub(super) fn check(&self, architecture: Architecture) -> Result<()> {
        ensure!(self.0.starts_with(b"\x7fELF"), "it is no program for Linux");
        let machine = self.0.get(MACHINE).and_then(|bytes| bytes.try_into().ok()).map(u16::from_le_bytes);
        let wanted = match architecture {
            Architecture::Arm64 => AARCH64,
            Architecture::X86_64 => X86_64,
        };
        ensure!(machine == Some(wanted), "it is for another processor");
        let newest = self.glibc().into_iter().max().unwrap_or_default();
        ensure!(
            newest <= GLIBC_MAX,
            "it needs glibc {}.{}, and there is {}.{}",
            newest.0,
            newest.1,
            GLIBC_MAX.0,
            GLIBC_MAX.1
        );
        Ok(())
    }

    /// The versions of glibc whose symbols it takes: their names are in it as texts.
    fn glibc(&self) -> Vec<(u32, u32)> {
        const NAME: &[u8] = b"GLIBC_";
        let starts = self.0.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
        let version = |(start, _): (usize, &[u8])| {
            let text = self.0.get(start + NAME.len()..)?.split(|byte| *byte == 0).next()?;
            let (major, rest) = std::str::from_utf8(text).ok()?.split_once('.')?;
            Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
        };
        starts.filter_map(version).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(machine: u16, glibc: &str) -> Binary {
        let mut bytes = b"\x7fELF".to_vec();
        bytes.resize(MACHINE.start, 0);
        bytes.extend(machine.to_le_bytes());
        bytes.extend(format!("GLIBC_2.17\0GLIBC_{glibc}\0").into_bytes());
        Binary(bytes)
    }

    #[test]
    fn a_program_is_for_lambdas_processor_and_its_glibc() {
        binary(AARCH64, "2.34").check(Architecture::Arm64).unwrap();
        binary(X86_64, "2.2.5").check(Architecture::X86_64).unwrap();
        let refused = |binary: Binary| binary.check(Architecture::Arm64).unwrap_err().to_string();
        assert_eq!(refused(binary(X86_64, "2.34")), "it is for another processor");
        assert_eq!(refused(binary(AARCH64, "2.39")), "it needs glibc 2.39, and there is 2.34");
        assert_eq!(refused(Binary(b"#!/bin/sh".to_vec())), "it is no program for Linux");
    }
}
