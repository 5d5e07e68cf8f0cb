//! Recorded events of the trigger against the handler.
