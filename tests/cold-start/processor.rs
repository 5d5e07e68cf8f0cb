//! How long processes were on a processor: with the kernel's precision, of nanoseconds, and while they wait.

use std::{fs, path::Path, time::Duration};

/// Of a process, all of its threads, and the processes that it has started.
pub(crate) fn time(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    tasks.map(|task| of_task(&task.path())).sum()
}

/// Of a thread (`man 5 proc_pid_schedstat`), and of the processes that it has started. One that has just ended took none.
fn of_task(task: &Path) -> Duration {
    let read = |name: &str| fs::read_to_string(task.join(name)).unwrap_or_default();
    let nanos = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default();
    let children = read("children");
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    Duration::from_nanos(nanos) + children.map(time).sum::<Duration>()
}
