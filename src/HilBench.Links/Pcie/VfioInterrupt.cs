using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>An interrupt of a PCI function, counted by the kernel until it is waited for.</summary>
public sealed unsafe class VfioInterrupt : IDisposable
{
    private VfioInterrupt(DescriptorHandle handle) => Handle = handle;

    internal DescriptorHandle Handle { get; }

    /// <summary>Waits for interrupts.</summary>
    /// <returns>How many came since the last time; 0: the deadline passed.</returns>
    public long Wait(Deadline deadline)
    {
        while (true)
        {
            var left = deadline.Left;
            var entry = new LibC.PollEntry { Descriptor = (int)Handle.DangerousGetHandle(), Wanted = LibC.In };
            var timeout = new LibC.TimeSpecification
            {
                Seconds = left.Ticks / TimeSpan.TicksPerSecond,
                Nanoseconds = left.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
            };
            long count = 0;
            if (LibC.ppoll(&entry, 1, &timeout, null) > 0 && LibC.read(Handle, (byte*)&count, sizeof(long)) == sizeof(long))
            {
                return count;
            }

            if (deadline.HasPassed)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    internal static VfioInterrupt Create(string name)
    {
        var handle = new DescriptorHandle(LibC.eventfd(0, LibC.NonBlocking | LibC.CloseOnExec));
        if (!handle.IsInvalid)
        {
            return new VfioInterrupt(handle);
        }

        handle.Dispose();
        throw new BenchException(BenchLayer.Host, $"{name}: no event descriptor: {Marshal.GetLastPInvokeErrorMessage()}", "Too many files are open.");
    }
}
