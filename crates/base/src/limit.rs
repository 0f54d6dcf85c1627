//! Limits that protect the process whatever the configuration says. Each is named here and nowhere else.

/// Worker threads (`nbthread`).
pub const MAX_WORKERS: usize = 64;
/// Buffers that a worker keeps for reuse; more are given back to the allocator.
pub const POOLED_BUFFERS: usize = 64;
/// Size of the buffer through which a body streams, bytes. Measured with 128 KB bodies: 64 KB took 0.66, 256 KB 0.60 of HAProxy's CPU.
pub const STREAM_BUFFER: usize = 256 * 1024;
/// Servers of one backend.
pub const MAX_SERVERS: usize = 65_535;
/// Largest weight of a server (configuration manual 5.2 `weight`).
pub const MAX_WEIGHT: u32 = 256;
