using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Loads and stores of a CPU: walk, fault, walk again, access.</summary>
internal static class MemoryAccess
{
    public static IEnumerable<PreemptionPoint> Touch(
        AddressSpace mm, CpuOperation op, VirtualRange range, bool forWrite)
    {
        for (var address = range.Start.Value & ~4095UL; address < range.End.Value; address += 4096)
        {
            while (!IsReady(mm, address, forWrite, out _))
            {
                foreach (var point in Fault(mm, op, address, forWrite))
                {
                    yield return point;
                }

                if (op.Signal != Signal.None)
                {
                    yield break;
                }
            }

            SetHardwareBits(mm, address, isWrite: false);
        }
    }

    /// <summary>
    /// Faults in what is not there yet, without an access: what is there keeps its accessed bit as it is, but a huge page
    /// that is wanted for a store is used and written (touch_pmd).
    /// </summary>
    /// <remarks>Models <c>populate_vma_page_range</c> and <c>faultin_page_range</c>.</remarks>
    public static IEnumerable<PreemptionPoint> FaultIn(
        AddressSpace mm, CpuOperation op, VirtualRange range, bool forWrite, bool holdsLock = false)
    {
        for (var address = range.Start.Value & ~4095UL; address < range.End.Value; address += 4096)
        {
            PageWalk walk = default;
            while (op.Signal == Signal.None && !IsReady(mm, address, forWrite, out walk))
            {
                foreach (var point in holdsLock ? PageFault.Handle(mm, op, address, forWrite)
                    : Fault(mm, op, address, forWrite))
                {
                    yield return point;
                }
            }

            if (op.Signal != Signal.None)
            {
                yield break;
            }

            if (forWrite && walk.SizeShift == PageTables.PmdShift
                && !mm.Memory.FlagsOf(walk.Page).HasFlag(FrameFlags.Hugetlb))
            {
                SetHardwareBits(mm, address, isWrite: true);
            }
        }
    }

    public static IEnumerable<PreemptionPoint> Read(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        var bytes = new byte[range.SizeBytes];
        for (var address = range.Start.Value; address < range.End.Value;)
        {
            yield return new(PreemptionKind.BeforeAccess, "load");
            PageWalk walk;
            while (!IsReady(mm, address, forWrite: false, out walk))
            {
                foreach (var point in Fault(mm, op, address, isWrite: false))
                {
                    yield return point;
                }

                if (op.Signal != Signal.None)
                {
                    yield break;
                }
            }

            var length = (int)(Math.Min(range.End.Value, (address | 4095) + 1) - address);
            var part = bytes.AsMemory((int)(address - range.Start.Value), length);
            SetHardwareBits(mm, address, isWrite: false);
            mm.Memory.Read(walk.Translate(new(address)), part.Span);
            mm.Kernel.Journal.Append(JournalKind.CpuRead, Record(mm, op, address, walk, part.Span));
            address += (ulong)length;
        }

        op.Bytes = bytes;
    }

    public static IEnumerable<PreemptionPoint> Write(
        AddressSpace mm, CpuOperation op, VirtualRange range, ReadOnlyMemory<byte> bytes)
    {
        for (var address = range.Start.Value; address < range.End.Value;)
        {
            yield return new(PreemptionKind.BeforeAccess, "store");
            PageWalk walk;
            while (!IsReady(mm, address, forWrite: true, out walk))
            {
                foreach (var point in Fault(mm, op, address, isWrite: true))
                {
                    yield return point;
                }

                if (op.Signal != Signal.None)
                {
                    yield break;
                }
            }

            var length = (int)(Math.Min(range.End.Value, (address | 4095) + 1) - address);
            var part = bytes.Slice((int)(address - range.Start.Value), length);
            SetHardwareBits(mm, address, isWrite: true);
            mm.Kernel.Journal.Append(JournalKind.CpuWrite, Record(mm, op, address, walk, part.Span));
            mm.Memory.Write(walk.Translate(new(address)), part.Span);
            address += (ulong)length;
        }
    }

    /// <summary>One page fault, under the mmap lock held for read.</summary>
    public static IEnumerable<PreemptionPoint> Fault(AddressSpace mm, CpuOperation op, ulong address, bool isWrite)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("mmap_read_lock");
        }

        yield return AddressSpace.Taken("mmap_read_lock");
        foreach (var point in PageFault.Handle(mm, op, address & ~4095UL, isWrite))
        {
            yield return point;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mmap_read_unlock");
    }

    private static bool IsReady(AddressSpace mm, ulong address, bool forWrite, out PageWalk walk) =>
        mm.Tables.TryWalk(new(address), out walk) && walk.IsUser && (walk.IsWritable || !forWrite);

    /// <summary>The CPU sets accessed, and on a store dirty, in the leaf.</summary>
    private static void SetHardwareBits(AddressSpace mm, ulong address, bool isWrite)
    {
        if (mm.Tables.TryWalk(new(address), out var walk))
        {
            var bits = PageTableEntry.Accessed | (isWrite ? PageTableEntry.Dirty : 0);
            if ((walk.Entry.Value & bits) != bits)
            {
                mm.Memory.WriteUInt64(walk.EntryAddress, walk.Entry.Value | bits);
            }
        }
    }

    private static CpuAccessRecord Record(
        AddressSpace mm, CpuOperation op, ulong address, in PageWalk walk, ReadOnlySpan<byte> bytes)
    {
        Span<byte> data = stackalloc byte[8];
        bytes[..Math.Min(8, bytes.Length)].CopyTo(data);
        return new CpuAccessRecord(mm.Id, op.Id, address, walk.Translate(new(address)).Value,
            BinaryPrimitives.ReadUInt64LittleEndian(data), (uint)bytes.Length);
    }
}
