using System.Text;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>What an exploration that was cut off needs to go on in another process.</summary>
internal sealed partial class Explorer
{
    private const string Magic = "HilBench exploration 1";
    private byte[]? _rest;
    private byte[]? _left;

    /// <summary>What is left, for <see cref="GoOnFrom"/>; null: nothing is, or states are not merged.</summary>
    public byte[]? Rest() => _left;

    /// <summary>Makes the next <see cref="Explore"/> go on where another one was cut off.</summary>
    /// <exception cref="InputException">The file is none of this test.</exception>
    public void GoOnFrom(ReadOnlySpan<byte> file)
    {
        using var reader = new BinaryReader(new MemoryStream(file.ToArray()), Encoding.UTF8);
        _rest = IsOfThisTest(reader) ? file.ToArray() : throw WrongFile();
    }

    private bool IsOfThisTest(BinaryReader reader)
    {
        try
        {
            return reader.ReadString() == Magic && reader.ReadString() == Signature;
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    private string Signature => $"{_program.Name} on {_options.Bench.Profile.Name}";

    private InputException WrongFile() => new(
        $"the file is not what an exploration of {Signature} left", "Give the same test, device and kernel as before, and the same version of hilbench.");

    private void Remember()
    {
        _left = null;
        if (_path.Count == 0 || !_options.IsMerged)
        {
            return;
        }

        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Signature);
        writer.Write(_transitions);
        writer.Write(_prefix.Count);
        _prefix.ForEach(move => writer.Write(MoveSet.CodeOf(move)));
        _graph.Write(writer);
        _outcomes.Write(writer);
        _machine.Conflicts.Write(writer);
        writer.Write(_movers.Count);
        foreach (var (position, kind) in _movers)
        {
            writer.Write(position.Thread);
            writer.Write(position.Moves);
            writer.Write(position.Site ?? "");
            writer.Write((byte)kind);
        }

        writer.Write(_path.Count);
        foreach (var frame in _path)
        {
            Write(writer, frame);
        }

        writer.Flush();
        _left = bytes.ToArray();
    }

    private static void Write(BinaryWriter writer, ExplorerFrame frame)
    {
        writer.Write(frame.State);
        writer.Write(frame.IsNew);
        writer.Write(frame.HasProgress);
        writer.Write(frame.Violations);
        writer.Write(frame.Thread);
        writer.Write(frame.Preemptions);
        writer.Write(MoveSet.CodeOf(frame.Taken.Move));
        writer.Write(frame.Taken.Length);
        writer.Write(frame.Moves.Length - frame.Next);
        foreach (var move in frame.Moves[frame.Next..])
        {
            writer.Write(MoveSet.CodeOf(move));
        }
    }

    private void TakeUp(byte[] file)
    {
        using var reader = new BinaryReader(new MemoryStream(file), Encoding.UTF8);
        Invariant.Holds(IsOfThisTest(reader));
        Begin();
        _transitions = reader.ReadInt64();
        _prefix.Clear();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            _prefix.Add(MoveSet.MoveOf(reader.ReadUInt16()));
        }

        _graph = StateGraph.Read(reader);
        _outcomes.Read(reader);
        _prefix.ForEach(_machine.Apply);
        _machine.Save();
        if (_machine.Hash() != _graph.HashAt(0))
        {
            throw WrongFile();
        }

        _machine.Conflicts.Read(reader);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var (thread, moves, site) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
            _movers[(thread, moves, site.Length == 0 ? null : site)] = (MoverKind)reader.ReadByte();
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            TakeUpFrame(reader, isLast: left == 1);
        }
    }

    // What was asleep is not in the file: it is tried where it need not be, which costs time only.
    private void TakeUpFrame(BinaryReader reader, bool isLast)
    {
        var state = reader.ReadInt32();
        var (isNew, hasProgress) = (reader.ReadBoolean(), reader.ReadBoolean());
        var (violations, thread, preemptions) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var taken = (Move: MoveSet.MoveOf(reader.ReadUInt16()), Length: reader.ReadUInt16());
        var moves = new Move[reader.ReadInt32()];
        for (var i = 0; i < moves.Length; i++)
        {
            moves[i] = MoveSet.MoveOf(reader.ReadUInt16());
        }

        _path.Add(new ExplorerFrame(state, moves, [])
        {
            IsNew = isNew,
            HasProgress = hasProgress,
            Violations = violations,
            Thread = thread,
            Preemptions = preemptions,
            Taken = taken,
            IsLeft = true,
        });
        for (var i = 0; i < taken.Length && !isLast; i++)
        {
            _machine.Apply(taken.Move);
        }

        if (!isLast)
        {
            _machine.Save();
        }
    }
}
