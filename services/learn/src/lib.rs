//! learn
pub mod a2c;
pub mod adam;
pub mod checkpoint;
pub mod experience;
pub mod fold;
pub mod network;
pub mod settings;
