using Microsoft.Win32.SafeHandles;

namespace HilBench.Links.Native;

/// <summary>A file descriptor of our own.</summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes what open(2) returned: an int, whose -1 is no -1 of a pointer's size.</summary>
    public DescriptorHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
