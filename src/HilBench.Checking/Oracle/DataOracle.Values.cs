using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Checking;

/// <summary>What memory holds, and who may see it.</summary>
internal sealed partial class DataOracle
{
    private bool TryFindBound(uint mmId, [NotNullWhen(true)] out AddressSpace? space)
    {
        foreach (var function in _functions)
        {
            if (function.Pasids.IsBound(mmId, out space))
            {
                return true;
            }
        }

        space = null;
        return false;
    }

    private static string NameOf(uint pasid) => pasid == Grant.NoPasid ? "work without PASID" : Say($"PASID 0x{pasid:x}");

    private bool TryDigest(AddressSpace space, in CommandRecord record, out uint digest)
    {
        digest = 0;
        for (var done = 0; done < record.LengthBytes;)
        {
            var va = record.Va + (ulong)done;
            var chunk = Math.Min(record.LengthBytes - done, 4096 - (int)(va & 4095));
            if (!space.Tables.TryWalk(new VirtualAddress(va), out var walk))
            {
                return false;
            }

            var bytes = _buffer.AsSpan(0, chunk);
            _memory.Read(walk.Translate(new VirtualAddress(va)), bytes);
            for (var i = 0; i < chunk; i += 4)
            {
                digest += BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]);
            }

            done += chunk;
        }

        return true;
    }

    private bool TryValueAt(AddressSpace space, ulong va, out ulong value)
    {
        value = 0;
        if (!space.Tables.TryWalk(new VirtualAddress(va), out var walk))
        {
            return false;
        }

        var physical = walk.Translate(new VirtualAddress(va)).Value;
        value = _memory.ReadUInt64(new PhysicalAddress(physical & ~7UL));
        if ((physical & 4) != 0)
        {
            value >>= 32;
            if ((va & 0xFFF) != 0xFFC)
            {
                value |= _memory.ReadUInt64(new PhysicalAddress((physical & ~7UL) + 8)) << 32;
            }
            else if (space.Tables.TryWalk(new VirtualAddress(va + 4), out var next))
            {
                value |= _memory.ReadUInt64(next.Translate(new VirtualAddress(va + 4))) << 32;
            }
        }

        return true;
    }

    private ulong ValueAt(ulong pa)
    {
        if (!_memory.Contains(new PhysicalAddress(pa & ~7UL)))
        {
            return 0;
        }

        var low = _memory.ReadUInt64(new PhysicalAddress(pa & ~7UL));
        return (pa & 4) == 0 ? low : low >> 32 | _memory.ReadUInt64(new PhysicalAddress((pa & ~7UL) + 8)) << 32;
    }

    // Of a write, only the first 8 bytes are compared.
    private static bool IsStartOf(AddressSpace space, in CommandRecord command, ulong physical, int bytes)
    {
        if (!space.Tables.TryWalk(new VirtualAddress(command.Va), out var walk))
        {
            return false;
        }

        var first = walk.Translate(new VirtualAddress(command.Va)).Value;
        return physical < first + 8 && physical + (ulong)bytes > first;
    }

    // Whether it may be this command's own store: into bytes, not only into a page, that it is to write.
    private static bool Covers(AddressSpace space, in CommandRecord command, ulong physical, int bytes)
    {
        // By length, not by address: the last page of all has no address behind it.
        var chunk = 0;
        for (var done = 0; done < command.LengthBytes; done += chunk)
        {
            var va = command.Va + (ulong)done;
            chunk = Math.Min(command.LengthBytes - done, 4096 - (int)(va & 0xFFF));
            if (space.Tables.TryWalk(new VirtualAddress(va), out var walk))
            {
                var first = walk.Translate(new VirtualAddress(va)).Value;
                if (physical < first + (ulong)chunk && physical + (ulong)bytes > first)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsMappedTo(AddressSpace space, in CommandRecord command, ulong physical, int bytes)
    {
        var pages = ((int)(command.Va & 0xFFF) + command.LengthBytes + 4095) / 4096;
        for (var i = 0; i < pages; i++)
        {
            var page = (command.Va & ~0xFFFUL) + ((ulong)i << 12);
            if (space.Tables.TryWalk(new VirtualAddress(page), out var walk))
            {
                var frame = walk.Translate(new VirtualAddress(page)).Value;
                if (physical < frame + 4096 && physical + (ulong)bytes > frame)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Its PASID became another process's on the way (exec): in whose memory which part of it was done is not kept.
    private bool HasMoved(in CommandRecord record, in Tracked tracked) =>
        FunctionOf(in record).Pasids.Find(PasidOf(record.Pasid)) is { } now && now != tracked.Space;

    // Nobody tells the device that the agent refused its untranslated write: it is posted. Nor that its PASID had become another process's.
    private bool IsDropped(in CommandRecord record, in Tracked tracked, ulong va) =>
        record.IsUntranslated && (FunctionOf(in record).Pasids.Find(PasidOf(record.Pasid)) != tracked.Space
            || !(tracked.Space!.Tables.TryWalk(new VirtualAddress(va), out var walk) && walk.IsWritable));
}
