using System.Buffers.Binary;
using HilBench.Devices.Native;
using HilBench.Pcie;

namespace HilBench.Devices.Isolation;

/// <summary>Reads TLP records (hdl/sim/hilbench_device.h) from memory that another process wrote: nothing is trusted.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> records)
{
    private ReadOnlySpan<byte> _rest = records;

    /// <summary>Whether the last call stopped at a record that is none.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next TLP. False at the end, or at a record that does not fit or is longer than any TLP.</summary>
    public bool TryNext(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        tlp = default;
        cycle = 0;
        if (_rest.IsEmpty)
        {
            return false;
        }

        IsMalformed = true;
        if (_rest.Length < TlpRecords.HeaderBytes)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(_rest[8..]);
        var padded = ((long)size + 7) & ~7L;
        if (size > TlpFormat.MaxSizeBytes || TlpRecords.HeaderBytes + padded > _rest.Length)
        {
            return false;
        }

        IsMalformed = false;
        cycle = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        tlp = _rest.Slice(TlpRecords.HeaderBytes, (int)size);
        _rest = _rest[(TlpRecords.HeaderBytes + (int)padded)..];
        return true;
    }
}
