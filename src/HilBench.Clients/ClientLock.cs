using HilBench.Journal;

namespace HilBench.Clients;

/// <summary>The lock of a client ("U" in the notifier specification): for one writer or many readers.</summary>
public sealed class ClientLock
{
    private bool _isWritten;

    /// <summary>Readers that hold it.</summary>
    public int Readers { get; private set; }

    /// <summary>Whether nobody holds it, as far as the count of readers tells.</summary>
    public bool IsFree => !_isWritten && Readers <= 0;

    /// <summary>Takes it for writing. False: somebody holds it.</summary>
    public bool TryEnter()
    {
        var isFree = IsFree;
        _isWritten |= isFree;
        return isFree;
    }

    /// <summary>Drops it after writing.</summary>
    public void Exit()
    {
        Invariant.Holds(_isWritten);
        _isWritten = false;
    }

    /// <summary>Takes it for reading. False: a writer holds it.</summary>
    public bool TryEnterShared()
    {
        Readers += _isWritten ? 0 : 1;
        return !_isWritten;
    }

    /// <summary>
    /// Drops it after reading. A driver that drops what it does not hold leaves the count too low: the next reader is
    /// then not seen, as with the count of amdgpu.
    /// </summary>
    public void ExitShared() => Readers--;
}
