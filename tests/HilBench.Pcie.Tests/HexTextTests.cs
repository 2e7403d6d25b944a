namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class HexTextTests
{
    [TestCase("20000402 010007ff", "20000402010007ff")]
    [TestCase("0x20000402, 0X010007FF", "20000402010007ff")]
    [TestCase("20_00_04_02\n01 00\t07 ff\r\n", "20000402010007ff")]
    [TestCase("# a Translation Request\n20000402 # DW0\n010007ff", "20000402010007ff")]
    [TestCase("20000402010007ff", "20000402010007ff")]
    public void Digits_are_read_however_they_are_grouped(string text, string bytes)
    {
        var isRead = HexText.TryParse(text, out var found, out var fault);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.True);
            Assert.That(Convert.ToHexStringLower(found), Is.EqualTo(bytes));
            Assert.That(fault, Is.EqualTo(default(HexTextFault)));
        }
    }

    [TestCase("20000402 0100x7ff", 1, 14, "'x' is not a hexadecimal digit")]
    [TestCase("20000402\n  010g", 2, 6, "'g' is not a hexadecimal digit")]
    [TestCase("20000402 010", 1, 10, "3 digits: a byte is missing its second")]
    [TestCase("20 0x", 1, 4, "no digits")]
    [TestCase("", 1, 1, "there are no hexadecimal digits")]
    [TestCase("# nothing", 1, 1, "there are no hexadecimal digits")]
    public void A_mistake_is_named_with_its_line_and_column(string text, int line, int column, string what)
    {
        var isRead = HexText.TryParse(text, out var bytes, out var fault);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.False);
            Assert.That(bytes, Is.Empty);
            Assert.That(fault, Is.EqualTo(new HexTextFault(line, column, what)));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Hexadecimal_text_of_any_bytes_is_read_back(byte[] bytes) =>
        HexText.TryParse(TlpText.Hex(bytes), out var found, out _) == (bytes.Length > 0) && found.SequenceEqual(bytes);

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Any_text_is_bytes_or_a_fault_with_a_place(string? text) =>
        HexText.TryParse(text ?? "", out var bytes, out var fault)
            ? bytes.Length > 0
            : fault is { Line: > 0, Column: > 0 };
}
