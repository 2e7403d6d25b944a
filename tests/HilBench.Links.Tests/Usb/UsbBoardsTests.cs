using HilBench.Journal;

namespace HilBench.Links.Tests.Usb;

/// <summary>Boards as sysfs shows them: Linux, Documentation/ABI/testing/sysfs-bus-usb.</summary>
public sealed class UsbBoardsTests
{
    private static readonly byte[] _descriptors =
    [
        18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 1, 2, 3, 1,
        9, 2, 32, 0, 1, 1, 0, 0x80, 50,
        9, 4, 0, 0, 2, 0xFF, 0, 0, 0,
        7, 5, 0x81, 2, 0, 2, 0,
        7, 5, 0x01, 2, 0, 2, 0,
    ];

    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("usb").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Board_is_listed_with_its_numbers_texts_and_node()
    {
        Plug("1-1.4", "1209", "0001", "HB-0042", "3", "17");

        Assert.That(UsbBoards.List(_folder), Is.EqualTo((UsbBoard[])[
            new("1-1.4", 0x1209, 0x0001, "reference device", "HB-0042", "/dev/bus/usb/003/017", new UsbBulkInterface(0, 0x81, 0x01))]));
    }

    [Test]
    public void Hubs_and_devices_without_a_vendor_interface_are_not_listed()
    {
        Plug("usb1", "1d6b", "0002", "", "1", "1");
        File.WriteAllBytes(Path.Combine(_folder, "usb1", "descriptors"), _descriptors[..27]);
        Directory.CreateDirectory(Path.Combine(_folder, "1-0:1.0"));

        Assert.That(UsbBoards.List(_folder), Is.Empty);
    }

    [Test]
    public void Board_without_a_serial_number_is_named_by_its_ids()
    {
        Plug("1-1", "0403", "601f", serial: null, "1", "2");

        Assert.That(UsbBoards.List(_folder).Single().Uri, Is.EqualTo("usb:0403:601f"));
    }

    [Test]
    public void Several_boards_are_told_apart_by_serial_number()
    {
        Plug("1-1", "1209", "0001", "A", "1", "2");
        Plug("1-2", "1209", "0001", "B", "1", "3");

        Assert.That(UsbBoards.Find(Selector("B"), _folder).Place, Is.EqualTo("1-2"));
        Assert.That(
            () => UsbBoards.Find(Selector(""), _folder),
            Throws.TypeOf<BenchException>().With.Message.Contains("usb:A (at 1-1), usb:B (at 1-2)").And.Property("Layer").EqualTo(BenchLayer.Cable));
    }

    [Test]
    public void Board_that_is_not_there_is_the_cable_and_what_is_there_is_named()
    {
        Plug("1-1", "1209", "0001", "A", "1", "2");

        Assert.That(
            () => UsbBoards.Find(Selector("C"), _folder),
            Throws.TypeOf<BenchException>().With.Message.Contains("serial number C").And.Message.Contains("usb:A").And.Property("Layer").EqualTo(BenchLayer.Cable));
    }

    [Test]
    public void Machine_without_USB_is_the_host() =>
        Assert.That(
            () => UsbBoards.Find(Selector(""), Path.Combine(_folder, "none")),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Host));

    private static UsbSelector Selector(string text) =>
        UsbSelector.TryParse(text, out var selector, out var error) ? selector : throw new ArgumentException(error);

    private void Plug(string place, string vendor, string product, string? serial, string bus, string device)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, place)).FullName;
        File.WriteAllBytes(Path.Combine(folder, "descriptors"), _descriptors);
        Write("idVendor", vendor);
        Write("idProduct", product);
        Write("product", "reference device");
        Write("busnum", bus);
        Write("devnum", device);
        if (serial is not null)
        {
            Write("serial", serial);
        }

        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text + "\n");
    }
}
