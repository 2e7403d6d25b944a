using HilBench.Devices.Isolation;

namespace HilBench.Native.Tests;

/// <summary>Libraries in processes of their own.</summary>
internal static class IsolatedDevices
{
    private static readonly string _host = Path.Combine(TestContext.CurrentContext.TestDirectory, "HilBench.DeviceHost.dll");

    public static IsolatedDevice Open(string library, string options = "", double patienceSeconds = 30) =>
        IsolatedDevice.Open(library, options, _host, TimeSpan.FromSeconds(patienceSeconds));
}
