using HilBench.Devices.Contract;

namespace HilBench.Devices.Tests;

[TestFixture]
public sealed class ModelDeviceTests : InvalidationContract
{
    protected override IDevice OpenDevice() => new ModelDevice();

    [Test]
    public void An_unknown_fault_is_refused_with_the_known_ones()
    {
        Assert.That(
            () => new ModelDevice("M99"),
            Throws.ArgumentException.With.Message.Contains("there is no fault M99; the model knows M01, M05"));
    }

    [Test]
    public void The_known_faults_are_those_of_the_page()
    {
        Assert.That(
            ModelDevice.KnownFaults,
            Is.EqualTo(["M01", "M05", "M06", "M11", "M12", "M14", "M18", "M19", "M23", "M29", "M31", "M32"]));
    }
}
