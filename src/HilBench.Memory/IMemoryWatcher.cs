namespace HilBench.Memory;

/// <summary>Sees which parts of the host an operation uses, so that it can be told which operations are independent.</summary>
internal interface IMemoryWatcher
{
    /// <summary>The kernel's knowledge of a frame is looked at or changed.</summary>
    void OnState(ulong frame);

    /// <summary>A page is handed out: its frames are new ones from now on.</summary>
    void OnHandedOut(ulong frame, int order);

    /// <summary>A page can be found through a page table from now on.</summary>
    void OnMapped(ulong frame, int order);

    /// <summary>A lock is asked for or let go.</summary>
    /// <param name="part">What kind of lock.</param>
    /// <param name="id">Which of several; the frame of the table for <see cref="KernelPart.TableLock"/>.</param>
    /// <param name="isWrite">Whether it keeps all others out.</param>
    /// <param name="use">What happens.</param>
    void OnLock(KernelPart part, ulong id, bool isWrite, LockUse use);

    /// <summary>Contents are read.</summary>
    void OnRead(PhysicalAddress address, int bytes);

    /// <summary>Contents are written.</summary>
    void OnWrite(PhysicalAddress address, int bytes);

    /// <summary>A part of the kernel that is no memory is looked at or changed.</summary>
    /// <param name="part">Which.</param>
    /// <param name="id">Which of several.</param>
    /// <param name="isWrite">Whether it may change, or others see who was first.</param>
    void OnPart(KernelPart part, ulong id, bool isWrite);
}
