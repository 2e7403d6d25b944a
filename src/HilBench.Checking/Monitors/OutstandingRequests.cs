namespace HilBench.Checking;

/// <summary>The device's non-posted requests that are not completed, by tag.</summary>
internal sealed class OutstandingRequests
{
    private readonly Request[] _byTag = new Request[256];
    private readonly ulong[] _open = new ulong[4];

    /// <summary>Whether any request is outstanding.</summary>
    public bool HasAny => (_open[0] | _open[1] | _open[2] | _open[3]) != 0;

    public ref Request this[byte tag] => ref _byTag[tag];

    public void Open(byte tag, in Request request)
    {
        _open[tag >> 6] |= 1UL << tag;
        _byTag[tag] = request;
    }

    public void Close(byte tag)
    {
        _open[tag >> 6] &= ~(1UL << tag);
        _byTag[tag].Kind = RequestKind.None;
    }

    public void Clear()
    {
        Array.Clear(_byTag);
        Array.Clear(_open);
    }

    /// <summary>The next outstanding tag from <paramref name="tag"/> on; -1: none.</summary>
    public int NextOpen(int tag)
    {
        for (; tag < 256; tag = (tag | 63) + 1)
        {
            var rest = _open[tag >> 6] >> (tag & 63);
            if (rest != 0)
            {
                return tag + System.Numerics.BitOperations.TrailingZeroCount(rest);
            }
        }

        return -1;
    }

    /// <summary>What is granted to the Translation Requests that are out is dead already.</summary>
    /// <param name="cause">One of the causes of <see cref="Grant.EndedBy"/>.</param>
    public void EndTranslations(long cause)
    {
        for (var tag = NextOpen(0); tag >= 0; tag = NextOpen(tag + 1))
        {
            _byTag[tag].EndedBy = _byTag[tag].Kind == RequestKind.Translation ? cause : 0;
        }
    }

    internal enum RequestKind : byte
    {
        None = 0,
        Translation,
        TranslatedRead,
        OtherRead,
    }

    internal struct Request
    {
        public RequestKind Kind;

        /// <summary>The host has sent the last completion; it may still be on its way.</summary>
        public bool IsAnswered;
        public bool IsNoWrite;
        public bool IsPrivileged;

        /// <summary>Of a translated read: a live translation permits it.</summary>
        public bool IsPermitted;

        /// <summary>The device has given it up; its answer is still to come.</summary>
        public bool IsGivenUp;

        /// <summary>Of a Translation Request: bytes of the whole answer, and where its next entry begins.</summary>
        public int BytesInAll;
        public ulong NextVa;
        public int LengthDw;
        public int BytesToCome;
        public uint Pasid;
        public ulong Address;
        public ulong SentAt;
        public ulong Line;

        /// <summary>Why its answer may not be kept; 0: it may.</summary>
        public long EndedBy;

        /// <summary>Grants made by the answer: they are delivered with it.</summary>
        public GrantList Grants;
    }

    [System.Runtime.CompilerServices.InlineArray(Capacity)]
    internal struct GrantList
    {
        public const int Capacity = 16;
        private int _first;
    }
}
