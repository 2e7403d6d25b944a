using HilBench.Memory;

namespace HilBench.Scenarios;

/// <summary>
/// What of the shared state some moves looked at or changed. Two footprints without a conflict belong to moves that can be
/// swapped: both orders lead to one state.
/// </summary>
internal sealed class Footprint
{
    private readonly Dictionary<ulong, bool> _accesses = [];

    /// <summary>Whether others may see more of the move than its accesses tell.</summary>
    public bool IsVisible { get; set; }

    /// <summary>Places, and whether they were written.</summary>
    public IReadOnlyDictionary<ulong, bool> Accesses => _accesses;

    /// <summary>Adds an access.</summary>
    public void Add(ulong place, bool isWrite)
    {
        if (!_accesses.TryGetValue(place, out var wasWrite) || (isWrite && !wasWrite))
        {
            _accesses[place] = isWrite;
        }
    }

    /// <summary>Adds all of another one.</summary>
    public void Add(Footprint other)
    {
        foreach (var (place, isWrite) in other._accesses)
        {
            Add(place, isWrite);
        }

        IsVisible |= other.IsVisible;
    }

    /// <summary>Locks that were let go and not taken.</summary>
    public HashSet<ulong> Released { get; } = [];

    /// <summary>Locks that were taken and not let go.</summary>
    public HashSet<ulong> Taken { get; } = [];

    /// <summary>Locks that were asked for in vain.</summary>
    public HashSet<ulong> Refused { get; } = [];

    /// <summary>Adds what was done with a lock.</summary>
    public void AddLock(ulong place, bool isWrite, LockUse use)
    {
        var isFirst = !_accesses.ContainsKey(place);
        Add(place, isWrite && use != LockUse.Refused);
        Released.Remove(place);
        var isTwice = Taken.Remove(place) || !isFirst;
        if (use == LockUse.Refused)
        {
            Refused.Add(place);
        }
        else if (!isTwice)
        {
            (use == LockUse.Taken ? Taken : Released).Add(place);
        }
    }

    /// <summary>
    /// The move is over. Who did not get a lock and does not wait for it has seen that it was held: such locks are no private
    /// matter of their holders.
    /// </summary>
    public void EndLocks(bool isWaiting)
    {
        foreach (var place in isWaiting ? [] : Refused)
        {
            Add(Place.LockSight(place), isWrite: false);
        }

        foreach (var place in Taken)
        {
            Add(Place.LockSight(place), isWrite: true);
        }

        foreach (var place in Released)
        {
            Add(Place.LockSight(place), isWrite: true);
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        Released.Clear();
        Taken.Clear();
        Refused.Clear();
        _accesses.Clear();
        IsVisible = false;
    }

    /// <summary>Whether the order of the two matters.</summary>
    public bool ConflictsWith(Footprint other)
    {
        var (few, many) = _accesses.Count <= other._accesses.Count ? (this, other) : (other, this);
        foreach (var (place, isWrite) in few._accesses)
        {
            if (many._accesses.TryGetValue(place, out var isOtherWrite) && (isWrite || isOtherWrite))
            {
                return true;
            }
        }

        return few.ConflictsInFrames(many) || many.ConflictsInFrames(few);
    }

    // An access to a whole frame meets those to words of it.
    private bool ConflictsInFrames(Footprint other)
    {
        foreach (var (place, isWrite) in _accesses)
        {
            if (Place.IsFrame(place) && other._accesses.TryGetValue(Place.AnyWordOf(place), out var isOtherWrite) && (isWrite || isOtherWrite))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Numbers for the places that moves can meet in.</summary>
    public static class Place
    {
        private const int KindShift = 58;
        private const ulong StateKind = 1;
        private const ulong WordKind = 2;
        private const ulong FrameKind = 3;
        private const ulong AnyWordKind = 4;
        private const ulong PartKind = 5;
        private const ulong LinkKind = 6;
        private const ulong LockKind = 7;
        private const ulong LockSightKind = 8;

        /// <summary>The device, with what waits for it.</summary>
        public const ulong Device = LinkKind << KindShift;

        /// <summary>The order in which the host's TLPs were sent.</summary>
        public const ulong Sending = Device + 1;

        /// <summary>The order in which the host takes the device's TLPs.</summary>
        public const ulong Taking = Device + 2;

        /// <summary>Subscribers.</summary>
        public const ulong Subscribers = Device + 3;

        private const ulong TestBase = Device + 0x1000;

        /// <summary>A register of the test, or the end of one of its threads.</summary>
        public static ulong Test(int number) => TestBase + (ulong)number;

        public static ulong State(ulong frame) => StateKind << KindShift | frame;

        public static ulong Word(ulong frame, int word) => WordKind << KindShift | frame << 9 | (uint)word;

        public static ulong Frame(ulong frame) => FrameKind << KindShift | frame;

        public static ulong AnyWord(ulong frame) => AnyWordKind << KindShift | frame;

        public static ulong Part(byte part, ulong id) => PartKind << KindShift | (ulong)part << 48 | id;

        public static ulong Lock(byte part, ulong id) => LockKind << KindShift | (ulong)part << 48 | id;

        /// <summary>That somebody saw who holds a lock, and did not wait.</summary>
        public static ulong LockSight(ulong place) => place ^ (LockKind ^ LockSightKind) << KindShift;

        public static bool IsLock(ulong place) => place >> KindShift == LockKind;

        public static bool IsFrame(ulong place) => place >> KindShift == FrameKind;

        public static bool IsAnyWord(ulong place) => place >> KindShift == AnyWordKind;

        public static bool IsPart(ulong place) => place >> KindShift == PartKind;

        public static ulong AnyWordOf(ulong frame) => frame ^ (FrameKind ^ AnyWordKind) << KindShift;

        public static ulong FrameOf(ulong anyWord) => anyWord ^ (FrameKind ^ AnyWordKind) << KindShift;
    }
}
