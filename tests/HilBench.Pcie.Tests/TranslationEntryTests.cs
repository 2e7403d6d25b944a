namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class TranslationEntryTests
{
    private const TranslationFlags RW = TranslationFlags.R | TranslationFlags.W;

    // ats-rules A.6: id, translated address, log2 of the size, flags, entry, wire bytes.
    private static readonly object[][] _workedEntries =
    [
        ["T01", 0x80000000UL, 12, RW, 0x0000000080000003UL, "0000000080000003"],
        ["T02", 0x80002000UL, 13, RW, 0x0000000080002803UL, "0000000080002803"],
        ["T03", 0x80010000UL, 16, TranslationFlags.R, 0x0000000080017801UL, "0000000080017801"],
        ["T04", 0x123400000UL, 21, RW, 0x00000001234ff803UL, "00000001234ff803"],
        ["T05", 0x4000000000UL, 30, RW, 0x000000401ffff803UL, "000000401ffff803"],
        ["T06", 0x80000000UL, 12, TranslationFlags.None, 0x0000000080000000UL, "0000000080000000"],
        ["T07", 0x80000000UL, 12, RW | TranslationFlags.U, 0x0000000080000007UL, "0000000080000007"],
        ["T08", 0xfff00000f000UL, 12, TranslationFlags.W, 0x0000fff00000f002UL, "0000fff00000f002"],
        ["T09", 0x80004000UL, 14, RW | TranslationFlags.Global, 0x0000000080005823UL, "0000000080005823"],
        ["T10", 0x100000000UL, 15, RW | TranslationFlags.Exe, 0x000000010000380bUL, "000000010000380b"],
    ];

    [TestCaseSource(nameof(_workedEntries))]
    public void A_translation_becomes_the_worked_entry_and_back(
        string id, ulong address, int sizeShift, TranslationFlags flags, ulong bits, string wire)
    {
        var range = new AtsRange(address, sizeShift);
        var bytes = new byte[8];

        var entry = TranslationEntry.From(range, flags);
        AtsPayload.Write(bytes, entry.Bits);
        var reader = new TranslationEntryReader(bytes);
        var isRead = reader.TryNext(out var readBack);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry.Bits, Is.EqualTo(bits), id);
            Assert.That(Convert.ToHexStringLower(bytes), Is.EqualTo(wire), id);
            Assert.That(isRead, Is.True, id);
            Assert.That(readBack.Range, Is.EqualTo(range), id);
            Assert.That(readBack.Flags, Is.EqualTo(flags), id);
            Assert.That(readBack.R, Is.EqualTo(flags.HasFlag(TranslationFlags.R)), id);
            Assert.That(readBack.W, Is.EqualTo(flags.HasFlag(TranslationFlags.W)), id);
            Assert.That(readBack.U, Is.EqualTo(flags.HasFlag(TranslationFlags.U)), id);
            Assert.That(readBack.Exe, Is.EqualTo(flags.HasFlag(TranslationFlags.Exe)), id);
            Assert.That(readBack.Global, Is.EqualTo(flags.HasFlag(TranslationFlags.Global)), id);
        }
    }

    // ats-rules A.4: every field at its bit.
    [Test]
    public void Every_field_of_an_entry_is_read_from_its_own_bit()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new TranslationEntry(1 << 0).R, Is.True);
            Assert.That(new TranslationEntry(1 << 1).W, Is.True);
            Assert.That(new TranslationEntry(1 << 2).U, Is.True);
            Assert.That(new TranslationEntry(1 << 3).Exe, Is.True);
            Assert.That(new TranslationEntry(1 << 4).Priv, Is.True);
            Assert.That(new TranslationEntry(1 << 5).Global, Is.True);
            Assert.That(new TranslationEntry(5 << 6).Ama, Is.EqualTo(5));
            Assert.That(new TranslationEntry(1 << 9).CxlIo, Is.True);
            Assert.That(new TranslationEntry(1 << 10).N, Is.True);
            Assert.That(new TranslationEntry(0).GrantsAccess, Is.False);
            Assert.That(new TranslationEntry(4).GrantsAccess, Is.False);
            Assert.That(new TranslationEntry(1).GrantsAccess, Is.True);
            Assert.That(new TranslationEntry(2).GrantsAccess, Is.True);
        }
    }

    [Test]
    public void Memory_attributes_of_8_and_flags_outside_of_the_entry_are_refused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => TranslationEntry.From(default, TranslationFlags.R, ama: 8),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => TranslationEntry.From(default, (TranslationFlags)(1 << 11)),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(TranslationEntry.From(default, TranslationFlags.None, ama: 7).Bits, Is.EqualTo(0x1C0UL));
        }
    }

    [Test]
    public void A_rest_of_fewer_than_8_bytes_is_not_an_entry()
    {
        var reader = new TranslationEntryReader(Bytes.Of("00000000 80000003 00000000"));

        var first = reader.TryNext(out var entry);
        var second = reader.TryNext(out _);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.True);
            Assert.That(entry.Bits, Is.EqualTo(0x80000003UL));
            Assert.That(second, Is.False);
            Assert.That(reader.RestBytes, Is.EqualTo(4));
        }
    }

    [Test]
    public void An_entry_says_its_range_and_permissions_in_words()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new TranslationEntry(0x0000000080005823).ToString(), Is.EqualTo("0x80004000+16KiB RW Global"));
            Assert.That(new TranslationEntry(0x0000000080000000).ToString(), Is.EqualTo("0x80000000+4KiB no access"));
            Assert.That(new TranslationEntry(0x0000fff00000f002).ToString(), Is.EqualTo("0xfff00000f000+4KiB W"));
            Assert.That(
                new TranslationEntry(0x80000000 | 0x75D).ToString(),
                Is.EqualTo("0x80000000+4KiB R U Exe Priv N CXL.io AMA=5"));
        }
    }
}
