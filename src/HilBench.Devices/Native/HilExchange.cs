using System.Runtime.InteropServices;

namespace HilBench.Devices.Native;

/// <summary><c>hil_exchange</c> of hdl/sim/hilbench_device.h; native names kept.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HilExchange
{
    public ulong until_cycle;
    public ulong linger_cycles;
    public byte* @in;
    public byte* @out;
    public uint in_size;
    public uint in_taken;
    public uint out_capacity;
    public uint out_size;
    public ulong cycle;
}
