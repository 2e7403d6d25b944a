namespace HilBench.Devices.Tests;

[TestFixture]
public sealed class DeviceUriTests
{
    [TestCase("model:", DeviceScheme.Model, "", "", null)]
    [TestCase("model:?fault=M11", DeviceScheme.Model, "", "fault=M11", "M11")]
    [TestCase("rtl:", DeviceScheme.Rtl, "", "", null)]
    [TestCase("rtl:?fault=m32", DeviceScheme.Rtl, "", "fault=M32", "M32")]
    [TestCase("rtl:?size=small", DeviceScheme.Rtl, "", "size=small", null)]
    [TestCase("rtl-uart:", DeviceScheme.RtlUart, "", "", null)]
    [TestCase("rtl-uart:?fault=M11", DeviceScheme.RtlUart, "", "fault=M11", "M11")]
    [TestCase("rtl-uart:/opt/libmyboard.so", DeviceScheme.RtlUart, "/opt/libmyboard.so", "", null)]
    [TestCase("model:?size=large&fault=M11", DeviceScheme.Model, "", "fault=M11&size=large", "M11")]
    [TestCase("lib:/opt/libmine.so", DeviceScheme.Library, "/opt/libmine.so", "", null)]
    [TestCase("lib:mine.so?a=1&b=x:y", DeviceScheme.Library, "mine.so", "a=1&b=x:y", null)]
    [TestCase("lib:mine.so?a=1&inproc=1&patience=2.5", DeviceScheme.Library, "mine.so", "a=1", null)]
    [TestCase("lib:mine.so?", DeviceScheme.Library, "mine.so", "", null)]
    public void A_device_URI_is_taken_apart(
        string text, DeviceScheme scheme, string path, string options, string? fault)
    {
        var isRead = DeviceUri.TryParse(text, out var uri, out var error);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.True, error);
            Assert.That((uri!.Scheme, uri.Path, uri.Options, uri.Fault), Is.EqualTo((scheme, path, options, fault)));
        }
    }

    [Test]
    public void The_bench_s_own_options_of_a_library_stand_in_its_name()
    {
        Assert.That(DeviceUri.TryParse("lib:mine.so?a=1&inproc=1&patience=2.5", out var uri, out _), Is.True);
        Assert.That((uri!.IsInProcess, uri.Patience.TotalSeconds, uri.ToString()), Is.EqualTo((true, 2.5, "lib:mine.so?a=1&inproc=1&patience=2.5")));
    }

    [Test]
    public void A_board_behind_a_link_is_named_by_its_carrier()
    {
        Assert.That(DeviceUri.TryParse("serial:/dev/ttyACM0?baud=3000000&take=1&patience=2", out var uri, out _), Is.True);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(uri!.Scheme, Is.EqualTo(DeviceScheme.Link));
            Assert.That((uri.Carrier!.Baud, uri.Carrier.TakesOver, uri.Patience.TotalSeconds), Is.EqualTo((3_000_000, true, 2.0)));
            Assert.That(uri.Carrier.ByteNs, Is.EqualTo(3333));
            Assert.That(uri.ToString(), Is.EqualTo("serial:/dev/ttyACM0?baud=3000000&take=1&patience=2"));
        }
    }

    [TestCase("", "needs a scheme and a colon")]
    [TestCase("model", "needs a scheme and a colon")]
    [TestCase("modell:", "there is no device scheme \"modell\"; this version opens model:, rtl:, rtl-uart:, lib:")]
    [TestCase("model:x", "nothing stands between")]
    [TestCase("model:?fault=M99", "there is no fault \"M99\"; known are M01, M02, M03")]
    [TestCase("model:?fault=", "there is no fault \"\"")]
    [TestCase("rtl:?speed=9", "the options of a built-in device are fault and size, each once")]
    [TestCase("rtl:?fault=M11&fault=M12", "the options of a built-in device are fault and size, each once")]
    [TestCase("rtl:?size=small&size=large", "the options of a built-in device are fault and size, each once")]
    [TestCase("rtl:?size=Small", "there is no size \"Small\"; known are standard, small and large")]
    [TestCase("rtl:?size=", "there is no size \"\"")]
    [TestCase("rtl-uart:?size=small", "the board behind rtl-uart: has the standard size only")]
    [TestCase("rtl:?size=small&fault=M11", "the faulty rtl: has the standard size only")]
    [TestCase("lib:", "names no library")]
    [TestCase("lib:?a=1", "names no library")]
    [TestCase("lib:x.so?inproc=yes", "inproc is 0 or 1")]
    [TestCase("lib:x.so?patience=0", "patience is a number of seconds above 0")]
    [TestCase("lib:x.so?patience=soon", "patience is a number of seconds above 0")]
    [TestCase("unix:", "the path of a Unix socket has 1 to 107 characters")]
    [TestCase("tcp:host", "is no socket: write tcp:HOST:PORT or unix:PATH")]
    [TestCase("tcp:host:65536", "is no socket")]
    [TestCase("serial:", "names no port: write serial:/dev/ttyUSB0?baud=115200")]
    [TestCase("serial:?baud=9600", "names no port")]
    [TestCase("serial:/dev/ttyACM0?baud=fast", "options of a serial port are baud=RATE, take=1 and patience=SECONDS")]
    [TestCase("serial:/dev/ttyACM0?speed=9600", "options of a serial port are")]
    [TestCase("unix:/tmp/s?baud=9600", "options of a socket are take=1 and patience=SECONDS")]
    [TestCase("tcp:host:1?patience=0", "options of a socket are")]
    [TestCase("usb:12:5678", "\"usb:12:5678\" names no board")]
    [TestCase("pcie:", "\"pcie:\" is no PCI function")]
    [TestCase("usb:?baud=9600", "options of a USB board are take=1 and patience=SECONDS")]
    [TestCase("pcie:01:00.0?bar=6", "options of a PCIe board are bar=N, via=sysfs or via=vfio, take=1 and patience=SECONDS")]
    [TestCase("serial:/dev/ttyS0?bar=1", "options of a serial port are baud=RATE, take=1 and patience=SECONDS")]
    public void A_wrong_device_URI_is_explained(string text, string error)
    {
        var isRead = DeviceUri.TryParse(text, out var uri, out var found);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.False);
            Assert.That(uri, Is.Null);
            Assert.That(found, Does.Contain(error));
        }
    }

    [TestCase("model:")]
    [TestCase("rtl:?fault=M11")]
    [TestCase("rtl:?size=large")]
    [TestCase("lib:/opt/libmine.so?a=1")]
    public void A_device_URI_is_written_as_it_was_read(string text)
    {
        Assert.That(Read(text).ToString(), Is.EqualTo(text));
    }

    [Test]
    public void The_factory_opens_the_model_with_and_without_a_fault()
    {
        var locations = new DeviceLocations("/nowhere");

        using var faulty = DeviceFactory.Open(Read("model:?fault=M11"), locations);
        using var correct = DeviceFactory.Open(Read("model:"), locations);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(faulty, Is.TypeOf<ModelDevice>());
            Assert.That(correct, Is.TypeOf<ModelDevice>());
        }
    }

    [TestCase("rtl:", "/nowhere/libhilbench_rtl.so")]
    [TestCase("rtl:?size=standard", "/nowhere/libhilbench_rtl.so")]
    [TestCase("rtl:?size=small", "/nowhere/libhilbench_rtl_small.so")]
    [TestCase("rtl:?size=large", "/nowhere/libhilbench_rtl_large.so")]
    [TestCase("rtl:?fault=M11", "/nowhere/libhilbench_rtl_faulty.so")]
    public void A_reference_device_that_is_not_built_is_named_with_what_to_do(string text, string library)
    {
        var uri = Read(text);

        Assert.That(
            () => DeviceFactory.Open(uri, new DeviceLocations("/nowhere")),
            Throws.InstanceOf<DeviceOpenException>()
                .With.Message.Contains($"there is no file {library}").And.Message.Contains("make build"));
    }

    [TestCase("rtl:", DeviceSize.Standard)]
    [TestCase("rtl:?size=small", DeviceSize.Small)]
    [TestCase("rtl:?size=large", DeviceSize.Large)]
    public void A_device_URI_names_the_size(string text, DeviceSize size)
    {
        Assert.That(Read(text).Size, Is.EqualTo(size));
    }

    [Test]
    public void The_list_of_faults_is_the_one_that_the_model_makes()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(DeviceFaults.For(DeviceScheme.Model), Is.EqualTo(ModelDevice.KnownFaults));
            Assert.That(DeviceFaults.For(DeviceScheme.Rtl), Is.EqualTo(DeviceFaults.For(DeviceScheme.Model)));
            Assert.That(DeviceFaults.For(DeviceScheme.RtlUart), Is.EqualTo(DeviceFaults.For(DeviceScheme.Model)));
            Assert.That(DeviceFaults.For(DeviceScheme.Library), Is.Empty);
        }
    }

    private static DeviceUri Read(string text) =>
        DeviceUri.TryParse(text, out var uri, out var error) ? uri : throw new AssertionException(error);
}
