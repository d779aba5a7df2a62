//! The visitors' page in a real browser: every step, on a phone and on a desk, in both languages, light and dark.

mod accessible;
mod by_camera;
mod by_photo;
mod keyboard;
mod refused;
mod remembered;

/// A phone, and a desk.
const SCREENS: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desk", 1280, 900)];
