using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>Answers Translation Requests from the live page tables: it keeps no translations of its own.</summary>
public sealed class Translator
{
    /// <summary>
    /// log2 of the largest block that is granted where base pages happen to be contiguous; 12 grants the sizes of the
    /// page-table leaves. The ATS size encoding knows every power of two.
    /// </summary>
    public int CoalesceShift { get; set; } = 12;

    /// <summary>log2 of the largest block that is granted: a larger leaf is granted in parts. At least 12.</summary>
    public int LargestShift { get; set; } = 63;

    /// <summary>The translation of one page or larger block around it.</summary>
    /// <param name="space">Whose page tables to walk.</param>
    /// <param name="address">Any address inside.</param>
    /// <param name="isNoWrite">The device asked for read access only.</param>
    /// <param name="wants">Exe: execute permission was requested, Priv: in privileged mode.</param>
    /// <returns>An entry without R and W when nothing is mapped.</returns>
    public TranslationEntry Translate(AddressSpace space, ulong address, bool isNoWrite, TranslationFlags wants = TranslationFlags.None)
    {
        var tables = space.Tables;
        if (!tables.TryWalk(new VirtualAddress(address), out var walk))
        {
            return default;
        }

        var shift = Math.Min(Coalesce(tables, address, in walk), LargestShift);
        var pageBase = walk.Page.Value | (address & ((1UL << walk.SizeShift) - 1));
        var flags = walk.IsWritable && !isNoWrite ? TranslationFlags.R | TranslationFlags.W : TranslationFlags.R;
        flags |= wants & (walk.IsExecutable ? TranslationFlags.Exe | TranslationFlags.Priv : TranslationFlags.Priv);
        return TranslationEntry.From(AtsRange.Around(pageBase, shift), flags);
    }

    private int Coalesce(PageTables tables, ulong address, in PageWalk walk)
    {
        for (var shift = CoalesceShift; shift > walk.SizeShift; shift--)
        {
            if (IsContiguous(tables, address, shift, in walk))
            {
                return shift;
            }
        }

        return walk.SizeShift;
    }

    private static bool IsContiguous(PageTables tables, ulong address, int shift, in PageWalk walk)
    {
        var blockMask = (1UL << shift) - 1;
        var leafMask = (1UL << walk.SizeShift) - 1;
        var start = address & ~blockMask;
        var expected = walk.Page.Value - ((address & ~leafMask) - start);
        if ((expected & blockMask) != 0 || expected > walk.Page.Value)
        {
            return false;
        }

        for (ulong offset = 0; offset <= blockMask; offset += leafMask + 1)
        {
            if (!tables.TryWalk(new VirtualAddress(start + offset), out var other) ||
                other.SizeShift != walk.SizeShift ||
                other.IsWritable != walk.IsWritable ||
                other.Page.Value != expected + offset)
            {
                return false;
            }
        }

        return true;
    }
}
