namespace HilBench.Links.Tests.Mailbox;

public sealed class PcieAddressTests
{
    [TestCase("0000:01:00.0", "0000:01:00.0", null)]
    [TestCase("01:1F.7", "0000:01:1f.7", null)]
    [TestCase("/dev/shm/board", null, "/dev/shm/board")]
    public void Function_or_file_is_named(string text, string? function, string? path)
    {
        Assert.That(PcieAddress.TryParse(text, out var address, out _), Is.True);
        Assert.That(address, Is.EqualTo(new PcieAddress(function, path)));
    }

    [TestCase("")]
    [TestCase("0000:01:00.8")]
    [TestCase("0000:01:20.0")]
    [TestCase("1:00.0")]
    [TestCase("board")]
    public void Anything_else_is_refused(string text)
    {
        Assert.That(PcieAddress.TryParse(text, out _, out var error), Is.False);
        Assert.That(error, Does.StartWith($"\"pcie:{text}\" is no PCI function"));
    }
}
