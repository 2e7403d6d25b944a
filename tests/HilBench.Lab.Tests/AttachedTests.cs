namespace HilBench.Lab.Tests;

/// <summary>What is attached, read from a copy of the kernel's files.</summary>
public sealed class AttachedTests
{
    [Test]
    public void Serial_port_of_a_USB_board_has_driver_names_and_a_path_that_stays()
    {
        using var root = new TemporaryFolder();
        AddUsbPort(root, "ttyACM0");
        Directory.CreateDirectory(root["dev/serial/by-id"]);
        File.WriteAllText(root["dev/ttyACM0"], "");
        File.CreateSymbolicLink(root["dev/serial/by-id/usb-HilBench_board_07-if01"], "../../ttyACM0");

        var port = new SerialPorts(root["sys"], root["dev"]).List().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(port.Uri, Is.EqualTo($"serial:{root["dev"]}/ttyACM0"));
            Assert.That(port.Driver, Is.EqualTo("cdc_acm"));
            Assert.That(port.Summary, Is.EqualTo("HilBench board (1209:0001) 07"));
            Assert.That(port.Stable, Is.EqualTo(root["dev/serial/by-id/usb-HilBench_board_07-if01"]));
        }
    }

    [Test]
    public void Places_for_ports_that_are_not_there_and_consoles_are_left_out()
    {
        using var root = new TemporaryFolder();
        Directory.CreateDirectory(root["sys/class/tty/tty0"]);
        Directory.CreateDirectory(root["sys/class/tty/ttyS1/device"]);
        File.WriteAllText(root["sys/class/tty/ttyS1/type"], "0\n");

        Assert.That(new SerialPorts(root["sys"], root["dev"]).List(), Is.Empty);
    }

    [Test]
    public void Machine_without_these_files_has_nothing_attached() =>
        Assert.That(new SerialPorts("/no/such/sys", "/no/such/dev").List(), Is.Empty);

    // /sys/devices/1-1 (the board), 1-1:1.1 (its serial interface) and the links that lead there.
    private static void AddUsbPort(TemporaryFolder root, string name)
    {
        var face = root["sys/devices/1-1/1-1:1.1"];
        Directory.CreateDirectory(face);
        Directory.CreateDirectory(root["sys/drivers/cdc_acm"]);
        Directory.CreateSymbolicLink($"{face}/driver", root["sys/drivers/cdc_acm"]);
        foreach (var (file, text) in ((string, string)[])[("idVendor", "1209"), ("idProduct", "0001"), ("serial", "07"), ("product", "board"), ("manufacturer", "HilBench")])
        {
            File.WriteAllText(root[$"sys/devices/1-1/{file}"], $"{text}\n");
        }

        Directory.CreateDirectory($"{face}/tty/{name}");
        Directory.CreateSymbolicLink($"{face}/tty/{name}/device", "../..");
        Directory.CreateDirectory(root["sys/class/tty"]);
        Directory.CreateSymbolicLink(root[$"sys/class/tty/{name}"], $"{face}/tty/{name}");
    }
}
