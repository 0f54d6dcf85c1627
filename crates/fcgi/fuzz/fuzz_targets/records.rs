//! Whatever an application sends: steps use up what they say, never more than there is, and pieces of any size say the same as the whole.
#![no_main]

use burdock_fcgi::{AppLimits, Decoder, Event, Pairs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let whole = read(input, input.len().max(1));
    for piece in [1, 7, 64] {
        assert_eq!(read(input, piece), whole);
    }
    let _ = AppLimits::parse(input);
    assert!(Pairs::new(input).map(|(name, value)| name.len() + value.len() + 2).sum::<usize>() <= input.len());
});

/// The payload of all streams, and how many other things were said before the input ended or was at fault.
fn read(input: &[u8], piece: usize) -> (Vec<u8>, usize) {
    let (mut decoder, mut waiting, mut payload, mut others) = (Decoder::default(), Vec::new(), Vec::new(), 0);
    for part in input.chunks(piece) {
        waiting.extend_from_slice(part);
        loop {
            let Ok(step) = decoder.step(&waiting) else { return (payload, others) };
            let Some(step) = step else { break };
            assert!(step.consumed > 0 && step.consumed <= waiting.len());
            match step.event {
                Some(Event::Output { payload: range, .. }) => payload.extend_from_slice(&waiting[range]),
                Some(_) => others += 1,
                None => {}
            }
            waiting.drain(..step.consumed);
        }
    }
    (payload, others)
}
