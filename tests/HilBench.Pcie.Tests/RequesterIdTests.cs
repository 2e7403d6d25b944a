namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class RequesterIdTests
{
    [TestCase(0x0100, 1, 0, 0, "01:00.0")]
    [TestCase(0xFFFF, 255, 31, 7, "ff:1f.7")]
    [TestCase(0x0008, 0, 1, 0, "00:01.0")]
    public void Bus_device_and_function_stand_at_their_bits(int value, int bus, int device, int function, string text)
    {
        var id = new RequesterId((ushort)value);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((id.Bus, id.Device, id.Function), Is.EqualTo(((byte)bus, (byte)device, (byte)function)));
            Assert.That(RequesterId.From(bus, device, function), Is.EqualTo(id));
            Assert.That(id.ToString(), Is.EqualTo(text));
        }
    }
}
