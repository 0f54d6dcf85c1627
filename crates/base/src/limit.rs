//! Limits that protect the process whatever the configuration says. Each is named here and nowhere else.

/// Worker threads (`nbthread`).
pub const MAX_WORKERS: usize = 64;
/// Buffers that a worker keeps for reuse; more are given back to the allocator.
pub const POOLED_BUFFERS: usize = 64;
/// Size of the buffer through which a body streams, bytes. Bodies of 128 KB, medians of nine paired turns: 64 KB took 0.59, 96 KB 0.55,
/// 128 KB 0.57, 256 KB 0.80 of HAProxy's CPU; bodies of 1 MB: 0.49, 0.33, 0.36, 0.35.
pub const STREAM_BUFFER: usize = 96 * 1024;
/// Servers of one backend.
pub const MAX_SERVERS: usize = 65_535;
/// Largest weight of a server (configuration manual 5.2 `weight`).
pub const MAX_WEIGHT: u32 = 256;
