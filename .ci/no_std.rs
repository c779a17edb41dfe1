//! A library for a machine without an operating system, with the controller in it: .ci/run says what it proves.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};

use swingup as _;

struct NoMemory;

// SAFETY: no memory is ever handed out.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
