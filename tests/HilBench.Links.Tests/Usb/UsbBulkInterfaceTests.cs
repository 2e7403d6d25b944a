namespace HilBench.Links.Tests.Usb;

/// <summary>Descriptors as they stand in USB 2.0, chapter 9.</summary>
public sealed class UsbBulkInterfaceTests
{
    private static readonly byte[] _device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 1, 2, 3, 1];
    private static readonly byte[] _configuration = [9, 2, 0, 0, 1, 1, 0, 0x80, 50];
    private static readonly byte[] _vendorInterface = [9, 4, 3, 0, 2, 0xFF, 0, 0, 0];
    private static readonly byte[] _bulkIn = [7, 5, 0x86, 2, 0, 2, 0];
    private static readonly byte[] _bulkOut = [7, 5, 0x05, 2, 0, 2, 0];

    [Test]
    public void Vendor_interface_with_two_bulk_endpoints_is_found()
    {
        byte[] all = [.. _device, .. _configuration, .. _vendorInterface, .. _bulkIn, .. _bulkOut];

        Assert.That(UsbBulkInterface.TryFind(all, out var found), Is.True);
        Assert.That(found, Is.EqualTo(new UsbBulkInterface(3, 0x86, 0x05)));
    }

    [Test]
    public void Interface_of_another_class_before_it_is_passed_over()
    {
        byte[] all = [.. _device, .. _configuration, 9, 4, 0, 0, 2, 8, 6, 80, 0, .. _bulkIn, .. _bulkOut, .. _vendorInterface, 7, 5, 0x82, 2, 0, 2, 0, 7, 5, 2, 2, 0, 2, 0];

        Assert.That(UsbBulkInterface.TryFind(all, out var found) ? found : default, Is.EqualTo(new UsbBulkInterface(3, 0x82, 0x02)));
    }

    [Test]
    public void One_direction_is_not_enough() =>
        Assert.That(UsbBulkInterface.TryFind([.. _device, .. _configuration, .. _vendorInterface, .. _bulkIn, .. _bulkIn], out _), Is.False);

    [Test]
    public void Interrupt_endpoints_are_no_bulk_endpoints() =>
        Assert.That(
            UsbBulkInterface.TryFind([.. _device, .. _configuration, .. _vendorInterface, 7, 5, 0x86, 3, 8, 0, 1, 7, 5, 5, 3, 8, 0, 1], out _), Is.False);

    [Test]
    public void Alternate_setting_is_not_taken() =>
        Assert.That(UsbBulkInterface.TryFind([.. _device, .. _configuration, 9, 4, 3, 1, 2, 0xFF, 0, 0, 0, .. _bulkIn, .. _bulkOut], out _), Is.False);

    [Test]
    public void Second_configuration_is_not_looked_at() =>
        Assert.That(UsbBulkInterface.TryFind([.. _device, .. _configuration, .. _configuration, .. _vendorInterface, .. _bulkIn, .. _bulkOut], out _), Is.False);

    [Test]
    public void Descriptors_that_are_cut_anywhere_have_none_and_end()
    {
        byte[] all = [.. _device, .. _configuration, .. _vendorInterface, .. _bulkIn, .. _bulkOut];

        Assert.That(Enumerable.Range(0, all.Length).Count(length => UsbBulkInterface.TryFind(all.AsSpan(0, length), out _)), Is.Zero);
    }

    [TestCase((byte)0)]
    [TestCase((byte)1)]
    public void Descriptor_of_no_length_ends_the_search(byte length) =>
        Assert.That(UsbBulkInterface.TryFind([.. _device, length, 4, .. _vendorInterface, .. _bulkIn, .. _bulkOut], out _), Is.False);
}
