//! The machine's own tile registers.
//!
//! Stable Rust has no intrinsics for them, so each instruction is one line of assembly.

use std::{arch::asm, cell::Cell, marker::PhantomData, sync::OnceLock};

use super::{LINE, Line, PANEL, amx::Tiles};

/// `arch_prctl`, and the call of it that asks Linux for the tile data of this process.
const ARCH_PRCTL: i64 = 158;
const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
const XFEATURE_XTILEDATA: i64 = 18;

thread_local! {
    static CONFIGURED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the machine has integer tiles, Linux lets us use them, and they multiply right.
pub(super) fn available() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND
        .get_or_init(|| machine_has_them() && permitted() && super::tiles_agree(&mut configured()))
}

/// CPUID leaf 7: AMX-TILE is bit 24 of EDX, AMX-INT8 bit 25.
fn machine_has_them() -> bool {
    let leaf = std::arch::x86_64::__cpuid_count(7, 0);
    std::arch::x86_64::__cpuid(0).eax >= 0x1d && leaf.edx >> 24 & 3 == 3
}

fn permitted() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let answer: i64;
    // SAFETY: a system call with two plain numbers; Linux answers it with an error where it does not
    // know it, and changes no memory of ours. `syscall` overwrites rcx and r11, which are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

/// What a tile holds is carried from one line of assembly to the next: the compiler never uses tiles, the
/// lines are volatile and so keep their order, and Linux saves tiles with the thread.
///
/// The tile registers of this thread, laid out as eight tiles of 16 rows of 64 bytes.
///
/// There is no other way to one of these: the machine was found to have tiles, Linux permitted
/// them, and the layout holds on this thread, which the value cannot leave.
pub(super) struct Hardware(PhantomData<*const ()>);

/// The tiles of this thread, or none where [`available`] says no.
pub(super) fn hardware() -> Option<Hardware> {
    available().then(configured)
}

fn configured() -> Hardware {
    #[repr(C, align(64))]
    struct Layout([u8; 64]);
    if !CONFIGURED.get() {
        let mut layout = Layout([0; 64]);
        layout.0[0] = 1; // palette
        for tile in 0..8 {
            layout.0[16 + 2 * tile] = 64; // bytes of a row
            layout.0[48 + tile] = 16; // rows
        }
        // SAFETY: callers have found tiles and permission; the operand is 64 bytes of a valid
        // layout for palette 1.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &layout, options(nostack, readonly)) };
        CONFIGURED.set(true);
    }
    Hardware(PhantomData)
}

impl Tiles for Hardware {
    #[inline(always)]
    fn zero<const T: i32>(&mut self) {
        // SAFETY: the thread's tiles are configured (see `Hardware`); no memory is touched.
        unsafe { asm!("tilezero tmm{t}", t = const T, options(nostack, nomem)) };
    }

    #[inline(always)]
    fn load<const T: i32>(&mut self, from: &[i8], stride: usize) {
        assert!(from.len() >= 15 * stride + LINE);
        // SAFETY: as in `zero`; sixteen rows of 64 bytes, `stride` apart, lie within `from`.
        unsafe {
            asm!("tileloadd tmm{t}, [{p} + {s}*1]", t = const T, p = in(reg) from.as_ptr(),
                s = in(reg) stride, options(nostack, readonly));
        }
    }

    #[inline(always)]
    fn load_lines<const T: i32>(&mut self, from: &[Line]) {
        assert!(from.len() == 16);
        // SAFETY: as in `zero`; sixteen lines of 64 bytes lie one after the other in `from`.
        unsafe {
            asm!("tileloadd tmm{t}, [{p} + {s}*1]", t = const T, p = in(reg) from.as_ptr(),
                s = in(reg) LINE, options(nostack, readonly));
        }
    }

    #[inline(always)]
    fn dot<const C: i32, const A: i32, const B: i32>(&mut self) {
        // SAFETY: as in `zero`; the three tiles have the shapes the instruction asks for.
        unsafe {
            asm!("tdpbsud tmm{c}, tmm{a}, tmm{b}", c = const C, a = const A, b = const B,
                options(nostack, nomem));
        }
    }

    #[inline(always)]
    fn store<const T: i32>(&mut self, to: &mut [i32]) {
        assert!(to.len() >= 15 * PANEL + 16);
        // SAFETY: as in `zero`; sixteen rows of 16 integers, 64 integers apart, lie within `to`.
        unsafe {
            asm!("tilestored [{p} + {s}*1], tmm{t}", t = const T, p = in(reg) to.as_mut_ptr(),
                s = in(reg) PANEL * 4, options(nostack));
        }
    }
}
