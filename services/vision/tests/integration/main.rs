//! The library on files, weights and figures that others made.

mod facenet_parity;
mod hostile_weights;
mod known_answers;
mod parity;
mod state_dict_file;
mod strange_pictures;
