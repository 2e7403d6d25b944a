using HilBench.Devices.Model;

namespace HilBench.Devices;

/// <summary>One slot of the exerciser, for bring-up. Source: docs/exerciser.md.</summary>
/// <param name="Status">STATUS as it stands.</param>
/// <param name="Data">DW 0 and 1 of the data read.</param>
/// <param name="Digest">Sum of all DWs read.</param>
public readonly record struct ExerciserSlot(uint Status, ulong Data, uint Digest)
{
    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>What the ID register reads.</summary>
    public const uint Id = 0x4248494C;

    private static readonly string[] _errors =
    [
        "none", "no access", "Translation Request answered UR", "Translation Request answered CA", "bad command", "not enabled",
        "read answered UR or CA", "page request answered Invalid Request", "Response Failure, or PRI is off", "stopped by PAGE_STOP",
    ];

    /// <summary>The exerciser's registers by name, as offsets in BAR0.</summary>
    public static IReadOnlyDictionary<string, int> Registers { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["ID"] = ExerciserRegister.Id,
        ["VERSION"] = ExerciserRegister.Version,
        ["FEATURES"] = ExerciserRegister.Features,
        ["TX_GAP"] = ExerciserRegister.TxGap,
        ["NOTIFY"] = ExerciserRegister.Notify,
        ["BUSY"] = ExerciserRegister.Busy,
        ["ATC_HITS"] = ExerciserRegister.AtcHits,
        ["ATC_MISSES"] = ExerciserRegister.AtcMisses,
        ["TIMEOUT"] = ExerciserRegister.Timeout,
        ["CONTROL"] = ExerciserRegister.Control,
        ["PAGE_STOP"] = ExerciserRegister.PageStop,
    };

    /// <summary>An operation runs.</summary>
    public bool IsBusy => (Status & 1) != 0;

    /// <summary>The last operation ended.</summary>
    public bool IsDone => (Status & 2) != 0;

    /// <summary>How it ended, 0 for well.</summary>
    public int Error => (int)(Status >> 4) & 0xF;

    /// <summary>DWs transferred.</summary>
    public int LengthDw => (int)(Status >> 16);

    /// <summary>How it ended, in words.</summary>
    public string ErrorText => Error < _errors.Length ? _errors[Error] : "unknown";

    /// <summary>Offset of a slot in BAR0.</summary>
    public static int OffsetOf(int slot) => ExerciserRegister.FirstSlot + (slot * ExerciserRegister.SlotStride);

    /// <summary>The six DWs that set up and start an operation, for offset <see cref="OffsetOf"/>.</summary>
    /// <param name="address">First byte, a multiple of 4.</param>
    /// <param name="lengthBytes">4 to 4096, a multiple of 4.</param>
    /// <param name="pasid">Null: none.</param>
    /// <param name="seed">DW k of a write carries seed + k.</param>
    /// <param name="command">The COMMAND register.</param>
    public static uint[] Start(ulong address, uint lengthBytes, uint? pasid, uint seed, uint command) =>
        [(uint)address, (uint)(address >> 32), pasid is { } value ? value | 1u << 31 : 0, lengthBytes, seed, command];

    /// <summary>Reads a slot.</summary>
    /// <returns>False: the device refuses the read.</returns>
    public static bool TryRead(DeviceProbe probe, ulong bar, int slot, out ExerciserSlot state)
    {
        ArgumentNullException.ThrowIfNull(probe);
        Span<uint> registers = stackalloc uint[4];
        var isRead = probe.ReadMemory(bar + (ulong)(OffsetOf(slot) + ExerciserRegister.Status), registers);
        state = new ExerciserSlot(registers[0], registers[1] | ((ulong)registers[2] << 32), registers[3]);
        return isRead;
    }
}
