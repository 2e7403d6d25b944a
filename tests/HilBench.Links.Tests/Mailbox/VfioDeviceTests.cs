using HilBench.Journal;

namespace HilBench.Links.Tests.Mailbox;

/// <summary>What VFIO lacks is named, by a copy of sysfs. The rest needs a kernel: tests/HilBench.LabVm.</summary>
public sealed class VfioDeviceTests
{
    private string _functions = "";

    private PcieAddress Address => new("0000:01:00.0", null) { Functions = _functions };

    [SetUp]
    public void Make() => _functions = Directory.CreateTempSubdirectory("hilbench").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_functions, recursive: true);

    [Test]
    public void Function_that_is_not_there_is_a_matter_of_the_cable() => Refuses(BenchLayer.Cable, "there is no such PCI function");

    [Test]
    public void Function_without_a_driver_needs_vfio_pci()
    {
        Directory.CreateDirectory(Address.Folder);

        Refuses(BenchLayer.Host, "no driver has it, VFIO needs vfio-pci");
    }

    [Test]
    public void Function_of_another_driver_needs_vfio_pci()
    {
        Directory.CreateDirectory(Address.Folder);
        Directory.CreateSymbolicLink($"{Address.Folder}/driver", "../../../../bus/pci/drivers/nvme");

        Refuses(BenchLayer.Host, "the driver nvme has it, VFIO needs vfio-pci");
    }

    [Test]
    public void Function_that_is_in_no_IOMMU_group_is_behind_no_IOMMU()
    {
        Directory.CreateDirectory(Address.Folder);
        Directory.CreateSymbolicLink($"{Address.Folder}/driver", "../../../../bus/pci/drivers/vfio-pci");

        Refuses(BenchLayer.Host, "behind no IOMMU");
    }

    private void Refuses(BenchLayer layer, string what) => Assert.That(
        () => VfioDevice.Open(Address),
        Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(layer).And.Message.Contains(what));
}
