using System.Reflection;
using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// What of the host's objects is neither saved nor compared, and why: the one list of exceptions of the checkpoint.
/// </summary>
internal static class HeapRules
{
    /// <summary>Never change once the bench stands, or are saved in another way.</summary>
    private static readonly HashSet<Type> _leaves =
    [
        typeof(string), typeof(KernelProfile), typeof(Rule), typeof(DeviceDescription), typeof(BenchOptions), typeof(FunctionLayout),
        typeof(NativeDevice), typeof(MemoryCheckpoint), typeof(Place), typeof(MapReader), typeof(LitmusProgram), typeof(LitmusThreadText),
    ];

    /// <summary>Evidence and judgement: saved, but two states that differ only there are one state.</summary>
    private static readonly HashSet<Type> _evidence =
        [typeof(Checker), typeof(EventJournal), typeof(SeededChoice), typeof(FootprintRecorder)];

    /// <summary>Fields that are not saved: scratch space, rings behind a saved head, and what has an undo log of its own.</summary>
    private static readonly (Type Type, string Field)[] _unsaved =
    [
        (typeof(EventJournal), "_ring"),
        (typeof(PhysicalMemory), "_states"),
        (typeof(PhysicalMemory), "_contents"),
        (typeof(PhysicalMemory), "_spare"),
        (typeof(PageTables), "_contents"),
        (typeof(Wire), "_slots"),
        (typeof(Wire), "_pending"),
        (typeof(RootPort), "_tlp"),
        (typeof(RootPort), "_data"),
        (typeof(InvalidationQueue), "_tlp"),
        (typeof(PageRequestQueue), "_tlp"),
        (typeof(HilExerciser), "_registers"),
        (typeof(FootprintRecorder), "<Current>k__BackingField"),
    ];

    /// <summary>Fields that do not distinguish states: time stamps, counters of the past, and numbers that only name things.</summary>
    private static readonly (Type Type, string Field)[] _unhashed =
    [
        (typeof(Wire), "<Now>k__BackingField"),
        (typeof(Wire), "<SentToDevice>k__BackingField"),
        (typeof(Wire), "<ReceivedFromDevice>k__BackingField"),
        (typeof(ChosenDeliveries), "<DeviceVersion>k__BackingField"),
        (typeof(InvalidationQueue), "_sentAt"),
        (typeof(InvalidationQueue), "<NextDeadline>k__BackingField"),
        (typeof(InvalidationQueue), "<Completed>k__BackingField"),
        (typeof(RootPort), "<Refused>k__BackingField"),
        (typeof(RootPort), "_answers"),
        (typeof(PhysicalMemory), "_identities"),
        (typeof(Kernel), "_operations"),
        (typeof(LitmusRun), "<Progress>k__BackingField"),
        (typeof(LitmusRun), "<Mover>k__BackingField"),
        (typeof(LitmusThread), "_waitsSince"),
        (typeof(Bench), "<KeptWaitingAt>k__BackingField"),
        (typeof(CpuOperation), "<Id>k__BackingField"),
        (typeof(CpuOperation), "_faultAddress"),
        (typeof(CpuOperation), "_faults"),
        (typeof(CpuContext), "<OperationId>k__BackingField"),
    ];

    /// <summary>
    /// Of the model device at rest: when things happened or would time out, and places whose TLP has left. By name: they are its own.
    /// </summary>
    private static readonly (string Type, string Field)[] _unhashedOfModel =
    [
        ("ModelDevice", "_now"),
        ("TlpRing", "_bytes"), ("TlpRing", "_head"), ("TlpRing", "_tail"),
        ("TransmitQueue", "_bytes"), ("TransmitQueue", "_sizes"), ("TransmitQueue", "_order"), ("TransmitQueue", "_free"), ("TransmitQueue", "_head"),
        ("SlotSchedule", "_readyAt"), ("TranslationAsk", "AskedAt"), ("TranslationAsk", "KilledAt"),
        ("DmaEngine", "<Hits>k__BackingField"), ("DmaEngine", "<Misses>k__BackingField"),
        ("MemoryUnit", "_payload"), ("Prefetcher", "_sendAt"), ("InvalidationCloser", "_heldUntil"), ("Invalidation", "<ReadyAt>k__BackingField"),
    ];

    private static readonly HashSet<FieldInfo> _unsavedFields = Find(_unsaved);
    private static readonly HashSet<FieldInfo> _unhashedFields = [.. Find(_unhashed), .. Find([.. _unhashedOfModel.Select(OfModel)])];

    /// <summary>Whether objects of the type are left as they are.</summary>
    public static bool IsLeaf(Type type) => _leaves.Contains(type)
        || typeof(MemberInfo).IsAssignableFrom(type) || typeof(Assembly).IsAssignableFrom(type)
        || (type.Namespace is { } space && IsLeafOfRuntime(type, space));

    /// <summary>Whether objects of the type are saved, but no part of what states are compared by.</summary>
    public static bool IsEvidence(Type type) => _evidence.Contains(type);

    /// <summary>Whether a field is left as it is.</summary>
    public static bool IsUnsaved(FieldInfo field) => _unsavedFields.Contains(field);

    /// <summary>Whether a field says nothing about the state.</summary>
    public static bool IsUnhashed(FieldInfo field) =>
        _unhashedFields.Contains(field) || IsUnsaved(field)
        || (field.Name == "_version" && field.DeclaringType!.Namespace!.StartsWith("System.Collections", StringComparison.Ordinal));

    private static bool IsLeafOfRuntime(Type type, string space) =>
        space.StartsWith("System", StringComparison.Ordinal)
        && (type.Name.Contains("Comparer", StringComparison.Ordinal) || space.StartsWith("System.Globalization", StringComparison.Ordinal)
            || space.StartsWith("System.Text", StringComparison.Ordinal) || space.StartsWith("System.Threading", StringComparison.Ordinal)
            || space.StartsWith("System.Reflection", StringComparison.Ordinal));

    private static (Type Type, string Field) OfModel((string Type, string Field) name) =>
        (typeof(ModelDevice).Assembly.GetTypes().Single(type => type.Name == name.Type
            && type.Namespace is "HilBench.Devices" or "HilBench.Devices.Model"), name.Field);

    private static HashSet<FieldInfo> Find((Type Type, string Field)[] names) =>
        [.. names.Select(name => name.Type.GetField(name.Field, HeapShape.AllFields)
            ?? throw new InvalidOperationException($"bug: {name.Type.Name} has no field {name.Field}"))];
}
