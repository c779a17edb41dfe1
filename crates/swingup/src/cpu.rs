//! What this machine's processor can do beyond what every one of its kind can.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{__cpuid, __cpuid_count, __get_cpuid_max, _xgetbv};
use core::sync::atomic::{AtomicU8, Ordering};

static WIDE: AtomicU8 = AtomicU8::new(0);
static FUSED: AtomicU8 = AtomicU8::new(0);

/// Has it vectors of four doubles (AVX2), and does the system keep them? Asked once.
///
/// Only their width is used, not a fused multiplication: the results are the same bit for bit.
#[inline]
pub(crate) fn has_wide_vectors() -> bool {
    match WIDE.load(Ordering::Relaxed) {
        0 => {
            let wide = ask();
            WIDE.store(1 + u8::from(wide), Ordering::Relaxed);
            wide
        }
        known => known == 2,
    }
}

/// Has it these vectors, and does it multiply and add at once (FMA)?
#[inline]
pub(crate) fn has_fused_vectors() -> bool {
    match FUSED.load(Ordering::Relaxed) {
        0 => {
            let fused = has_wide_vectors() && ask_fused();
            FUSED.store(1 + u8::from(fused), Ordering::Relaxed);
            fused
        }
        known => known == 2,
    }
}

/// From now on the answer is no, or what the processor says.
pub(crate) fn deny_fused_vectors(deny: bool) {
    FUSED.store(u8::from(deny), Ordering::Relaxed);
}

#[cfg(target_arch = "x86_64")]
fn ask_fused() -> bool {
    const FMA: u32 = 1 << 12;
    __cpuid(1).ecx & FMA != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn ask_fused() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn ask() -> bool {
    #[target_feature(enable = "xsave")]
    fn keeps_wide_registers() -> bool {
        // SAFETY: register 0 is there wherever OSXSAVE is set, which the caller has seen.
        unsafe { _xgetbv(0) & 0b110 == 0b110 }
    }
    const OSXSAVE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    const AVX2: u32 = 1 << 5;
    if __get_cpuid_max(0).0 < 7 || __cpuid(1).ecx & (OSXSAVE | AVX) != OSXSAVE | AVX {
        return false;
    }
    // SAFETY: OSXSAVE says that the instruction is there.
    __cpuid_count(7, 0).ebx & AVX2 != 0 && unsafe { keeps_wide_registers() }
}

#[cfg(not(target_arch = "x86_64"))]
fn ask() -> bool {
    false
}
