namespace HilBench.Links.Tests.Usb;

public sealed class UsbSelectorTests
{
    [TestCase("", 0x1209, 0x0001, null, "usb:")]
    [TestCase("HB-0042", 0x1209, 0x0001, "HB-0042", "usb:HB-0042")]
    [TestCase("0403:601f", 0x0403, 0x601F, null, "usb:0403:601f")]
    [TestCase("0403:601F/AB12", 0x0403, 0x601F, "AB12", "usb:0403:601f/AB12")]
    [TestCase("0403:601f:AB12", 0x0403, 0x601F, "AB12", "usb:0403:601f/AB12")]
    [TestCase("0403:601f/A:B/C", 0x0403, 0x601F, "A:B/C", "usb:0403:601f/A:B/C")]
    public void Board_is_named_by_serial_number_by_its_ids_or_both(string text, int vendor, int product, string? serial, string written)
    {
        Assert.That(UsbSelector.TryParse(text, out var selector, out _), Is.True);
        Assert.That(selector, Is.EqualTo(new UsbSelector((ushort)vendor, (ushort)product, serial)));
        Assert.That(selector.ToString(), Is.EqualTo(written));
    }

    [TestCase("403:601f")]
    [TestCase("0403:")]
    [TestCase(":601f")]
    [TestCase("0403:601g")]
    [TestCase("0403:601f/")]
    [TestCase("0x0403:601f")]
    public void Ids_that_are_no_four_hexadecimal_digits_are_refused(string text)
    {
        Assert.That(UsbSelector.TryParse(text, out _, out var error), Is.False);
        Assert.That(error, Does.Contain($"\"usb:{text}\"").And.Contain("four hexadecimal digits"));
    }
}
