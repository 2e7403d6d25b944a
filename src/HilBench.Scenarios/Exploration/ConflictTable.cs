using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>
/// Who uses what, in all runs seen so far. A move is local when nobody else ever uses what it uses in a way that matters: then it
/// is enough to try it at once, before everything else.
/// </summary>
/// <remarks>
/// A place can turn out to be shared after moves counted as local there: then the search was not exhaustive and begins again with
/// the table as it is. The last search, in which no place did, is exhaustive (docs/explorer.md).
/// </remarks>
internal sealed class ConflictTable
{
    private readonly Dictionary<ulong, Users> _users = [];

    /// <summary>Whether parts of the kernel count as shared in any case: some thread uses them in ways that are not recorded.</summary>
    public bool AreAllPartsShared { get; set; }

    /// <summary>Whether a place turned out to be shared on which a move counted as local.</summary>
    public bool IsContradicted { get; private set; }

    /// <summary>Begins a search: no move has counted as local yet. Who uses what stays known.</summary>
    public void Begin()
    {
        IsContradicted = false;
        foreach (var place in _users.Keys)
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrNullRef(_users, place);
            users.LocalReaders = 0;
            users.LocalWriters = 0;
        }
    }

    /// <summary>Enters what an actor did.</summary>
    public void Enter(int actor, Footprint footprint)
    {
        var self = (ushort)(1 << actor);
        foreach (var (place, isWrite) in footprint.Accesses)
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, place, out _);
            users.Readers |= self;
            users.Writers |= isWrite ? self : (ushort)0;
            IsContradicted |= !Footprint.Place.IsAnyWord(place) && Meets(users.LocalReaders, users.LocalWriters, self, isWrite);
            if (OtherSide(place) is { } other && _users.TryGetValue(other, out var across))
            {
                IsContradicted |= Meets(across.LocalReaders, across.LocalWriters, self, isWrite);
            }
        }
    }

    /// <summary>Whether nobody else minds what an actor did; if so, that is remembered.</summary>
    public bool TryEnterLocal(int actor, Footprint footprint)
    {
        var self = (ushort)(1 << actor);
        foreach (var (place, isWrite) in footprint.Accesses)
        {
            if (AreAllPartsShared && Footprint.Place.IsPart(place))
            {
                return false;
            }

            if (!Footprint.Place.IsAnyWord(place) && _users.TryGetValue(place, out var users) && Meets(users.Readers, users.Writers, self, isWrite))
            {
                return false;
            }

            if (OtherSide(place) is { } other && _users.TryGetValue(other, out var across) && Meets(across.Readers, across.Writers, self, isWrite))
            {
                return false;
            }
        }

        foreach (var (place, isWrite) in footprint.Accesses)
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, place, out _);
            users.LocalReaders |= self;
            users.LocalWriters |= isWrite ? self : (ushort)0;
        }

        return true;
    }

    private static bool Meets(ushort readers, ushort writers, ushort self, bool isWrite) =>
        (writers & ~self) != 0 || (isWrite && (readers & ~self) != 0);

    // Whole frames meet words of them, and the reverse.
    private static ulong? OtherSide(ulong place) =>
        Footprint.Place.IsFrame(place) ? Footprint.Place.AnyWordOf(place)
        : Footprint.Place.IsAnyWord(place) ? Footprint.Place.FrameOf(place)
        : null;

    private struct Users
    {
        public ushort Readers;
        public ushort Writers;
        public ushort LocalReaders;
        public ushort LocalWriters;
    }
}
