//! The suite that every event store passes, over those of the tests: in memory, and behind a simulated network.

mod memory {
    use testing::{MemoryEventStore, MemoryJournal};

    async fn open(_: &str) -> MemoryEventStore {
        MemoryEventStore::default()
    }

    async fn journal(_: &str) -> MemoryJournal {
        MemoryJournal::default()
    }

    testing::event_store_conformance!(open);
    testing::command_store_conformance!(open);
    testing::segmented_store_conformance!(open);
    testing::journal_conformance!(journal);
}

mod simulated {
    use testing::{
        MemoryEventStore,
        simulator::{Faults, SimulatedStore, World},
    };

    /// Without faults: what a store does under them is what the simulator is for.
    fn run<F: Future<Output = ()> + Send + 'static>(
        test: impl FnOnce(SimulatedStore<MemoryEventStore>) -> F,
    ) {
        let world = World::new(1);
        world.spawn(test(SimulatedStore::new(world.clone(), MemoryEventStore::default(), Faults::none())));
        world.run();
        assert!(world.is_done(), "the test waits for ever");
    }

    testing::event_store_conformance!(run, simulated);
    testing::command_store_conformance!(run, simulated);
}
