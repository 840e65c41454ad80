//! Signatures of the catalog.
