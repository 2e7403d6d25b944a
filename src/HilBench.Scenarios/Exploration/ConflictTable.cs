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

    /// <summary>How a move can be swapped with those of others. What that rests on is remembered.</summary>
    public MoverKind Classify(int actor, Footprint footprint)
    {
        var self = (ushort)(1 << actor);
        var kind = MoverKind.Local;
        foreach (var (place, isWrite) in footprint.Accesses)
        {
            if (footprint.Released.Contains(place) || !IsShared(place, self, isWrite))
            {
                continue;
            }

            if (!footprint.Taken.Contains(place))
            {
                return MoverKind.Visible;
            }

            kind = MoverKind.Taker;
        }

        foreach (var (place, isWrite) in footprint.Accesses)
        {
            if (!footprint.Released.Contains(place) && !footprint.Taken.Contains(place))
            {
                ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, place, out _);
                users.LocalReaders |= self;
                users.LocalWriters |= isWrite ? self : (ushort)0;
            }
        }

        return kind;
    }

    /// <summary>Writes all.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(_users.Count);
        foreach (var (place, users) in _users)
        {
            writer.Write(place);
            writer.Write(users.Readers);
            writer.Write(users.Writers);
            writer.Write(users.LocalReaders);
            writer.Write(users.LocalWriters);
        }
    }

    /// <summary>Takes what was written in place of its own.</summary>
    public void Read(BinaryReader reader)
    {
        _users.Clear();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            _users[reader.ReadUInt64()] = new Users
            {
                Readers = reader.ReadUInt16(),
                Writers = reader.ReadUInt16(),
                LocalReaders = reader.ReadUInt16(),
                LocalWriters = reader.ReadUInt16(),
            };
        }
    }

    private bool IsShared(ulong place, ushort self, bool isWrite) =>
        (AreAllPartsShared && Footprint.Place.IsPart(place))
        || (!Footprint.Place.IsAnyWord(place) && _users.TryGetValue(place, out var users) && Meets(users.Readers, users.Writers, self, isWrite))
        || (OtherSide(place) is { } other && _users.TryGetValue(other, out var across) && Meets(across.Readers, across.Writers, self, isWrite));

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
