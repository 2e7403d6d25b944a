using Microsoft.Win32.SafeHandles;

namespace HilBench.Links.Native;

/// <summary>A file descriptor of our own.</summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    public DescriptorHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle() => LibC.close(handle) == 0;
}
