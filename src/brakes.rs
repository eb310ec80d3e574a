//! What stops a run that would change too much: a person should look before it is published.

/// What a run may change without being asked. Shares of 0 to 1; 1 turns a brake off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Share of the known files that may be gone. More than a fifth of a corpus does not vanish in a night: a mount
    /// that is not there or a crawler gone wrong is likelier.
    pub vanished: f64,
    /// Share of the known files that may hold other bytes than before. Nearly all at once means a broken copy or a
    /// changed encoding, not news.
    pub changed: f64,
    /// By how much the share of characters taken out may lie above the median of the last runs. A rule or template
    /// that begins to eat text shows as a jump.
    pub dropped: f64,
    /// Share of all documents that one group of copies may hold. Error pages and cookie notices make such groups.
    pub cluster: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { vanished: 0.2, changed: 0.95, dropped: 0.2, cluster: 0.2 }
    }
}
