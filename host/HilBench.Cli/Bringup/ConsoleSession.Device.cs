using System.Globalization;
using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Cli.Bringup;

/// <summary>The commands that talk to the device.</summary>
internal sealed partial class ConsoleSession
{
    private const uint BarValue = 0xE000_0000;
    private const ulong RunUsually = 1000;

    private static readonly (int Id, string Name)[] _extended =
    [
        (0x0001, "AER"), (0x000D, "ACS"), (AtsCapability.Id, "ATS"), (0x0010, "SR-IOV"), (PageRequestCapability.Id, "Page Request"), (PasidCapability.Id, "PASID"),
    ];

    private static readonly (int Id, string Name)[] _plain =
        [(PowerManagementCapability.Id, "Power Management"), (0x05, "MSI"), (PciExpressCapability.Id, "PCI Express"), (0x11, "MSI-X")];

    private IEnumerable<ConsoleVerb> DeviceVerbs() =>
    [
        new("info", "", "Says what the device is, and its clock.", [], _ => Info()),
        new("reset", "[hot]", "Resets the device.", ["hot"], Reset),
        new("enable", "", "Gives BAR0 an address and switches memory, bus master, PASID and ATS of function 0 on.", [], _ => Enable()),
        new("caps", "[FUNCTION]", "Lists the capabilities of a function.", [], Capabilities),
        new("cfg", "REGISTER [VALUE] [be=BITS] [fn=N]", "Reads or writes a configuration register.", [.. _configurationNames.Keys, "be=", "fn="], Configuration),
        new("read", "REGISTER [COUNT]", "Reads registers in BAR0; the last one counts for expect.", [.. ExerciserSlot.Registers.Keys], Read),
        new("write", "REGISTER VALUE...", "Writes registers in BAR0.", [.. ExerciserSlot.Registers.Keys], Write),
        new("slot", "N [read|write|atomic ADDRESS BYTES [pasid=N] [seed=N] [untranslated] [no-write]]", "Starts an operation of the exerciser, and says how it ended.",
            ["read", "write", "atomic", "pasid=", "seed=", "untranslated", "no-write"], Slot),
        new("invalidate", "ADDRESS [BYTES] [pasid=N] [itag=N]", "Sends an Invalidate Request; finds the number of completions.", ["pasid=", "itag="], Invalidate),
        new("tlp", "HEX...", "Sends the bytes of a TLP as they are, and prints what comes back.", [], Tlp),
        new("decode", "HEX...", "Says what the bytes of a TLP mean; nothing is sent.", [], Decode),
        new("run", "[CYCLES]", "Lets the device's clock run, and prints what comes out.", [], words => Run(words.IsEmpty ? RunUsually : words.Number("number of cycles"))),
        new("answer", "on|off", "Whether the console answers what the device asks the host for: translations, reads.", ["on", "off"], Answer),
    ];

    private ulong? Info()
    {
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {_described}, cycle {_probe.Cycles}"));
        return null;
    }

    private ulong? Reset(ConsoleWords words)
    {
        _probe.Reset(words.Flag("hot") ? ResetKind.Hot : ResetKind.Fundamental);
        return null;
    }

    private ulong? Enable()
    {
        var space = new ProbedConfiguration(_probe, function: 0);
        _probe.WriteConfiguration(ConfigurationRegister.Bar0, BarValue);
        _probe.WriteConfiguration(
            ConfigurationRegister.CommandStatus, ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable, byteEnable: 3);
        EnableAt(space, PasidCapability.Id, PasidCapability.CapabilityControl, PasidCapability.Enable);
        EnableAt(space, AtsCapability.Id, AtsCapability.CapabilityControl, AtsCapability.Enable);
        _output.WriteLine($"  BAR0 at 0x{BarValue:x}, memory and bus master on; PASID and ATS on where they are there");
        return null;
    }

    private void EnableAt(ProbedConfiguration space, int id, int register, uint value)
    {
        if (CapabilityWalk.FindExtended(space, id) is { IsFound: true } found)
        {
            _probe.WriteConfiguration(found.Offset + register, value, byteEnable: 0xC);
        }
    }

    private ulong? Capabilities(ConsoleWords words)
    {
        var function = words.IsEmpty ? 0 : (int)words.Number("function", 7);
        var space = new ProbedConfiguration(_probe, function);
        var id = space.Read(ConfigurationRegister.VendorDevice);
        if (id is 0 or uint.MaxValue)
        {
            _output.WriteLine($"  there is no function {function}");
            return null;
        }

        _output.WriteLine($"  {id & 0xFFFF:x4}:{id >> 16:x4}");
        List(_plain, "x2", known => CapabilityWalk.Find(space, known));
        List(_extended, "x4", known => CapabilityWalk.FindExtended(space, known));
        return null;
    }

    private void List((int Id, string Name)[] known, string format, Func<int, CapabilitySearch> find)
    {
        foreach (var (id, name) in known)
        {
            var search = find(id);
            if (search.Outcome != CapabilityOutcome.Absent)
            {
                var broken = search.IsFound ? "" : $"  the list is broken: {search.Outcome}";
                _output.WriteLine($"  0x{search.Offset:x3}  {name} (0x{id.ToString(format, CultureInfo.InvariantCulture)}){broken}");
            }
        }
    }

    private ulong? Configuration(ConsoleWords words)
    {
        var offset = (int)words.NumberOrName("configuration register", _configurationNames, 0xFFC);
        if (offset % 4 != 0)
        {
            throw words.Back($"0x{offset:x} is no multiple of 4", "Registers are read as whole DWs; be=BITS writes some of their bytes.");
        }

        ulong? value = words.Peek() is { } next && char.IsDigit(next[0]) ? words.Number("value", uint.MaxValue) : null;
        byte? byteEnable = null;
        var function = 0;
        while (!words.IsEmpty)
        {
            if (words.Option("be", 0xF) is { } bits)
            {
                byteEnable = (byte)bits;
            }
            else if (words.Option("fn", 7) is { } number)
            {
                function = (int)number;
            }
            else
            {
                throw words.Error($"'{words.Peek()}' is no value and no option", "Options are be=BITS and fn=N.");
            }
        }

        if (value is { } written)
        {
            var isTaken = _probe.WriteConfiguration(offset, (uint)written, byteEnable ?? 0xF, function);
            _output.WriteLine(isTaken ? $"  0x{offset:x3} <- 0x{written:x8}" : "  refused (Unsupported Request)");
            return null;
        }

        var read = _probe.ReadConfiguration(offset, function);
        _output.WriteLine(read is { } found ? $"  0x{offset:x3}: 0x{found:x8}" : "  refused (Unsupported Request)");
        return read;
    }

    private ulong Bar(ConsoleWords words)
    {
        var command = _probe.ReadConfiguration(ConfigurationRegister.CommandStatus) ?? 0;
        var bar = (_probe.ReadConfiguration(ConfigurationRegister.Bar0) ?? 0) & ~0xFu;
        return (command & ConfigurationRegister.MemorySpaceEnable) != 0 && bar != 0
            ? bar
            : throw words.Back("BAR0 does not answer: it has no address, or memory space is off", "Type: enable");
    }

    private ulong? Read(ConsoleWords words)
    {
        var offset = words.NumberOrName("register", ExerciserSlot.Registers, 0xFFFC) & ~3UL;
        var count = words.IsEmpty ? 1 : words.Number("number of registers", 1024);
        var bar = Bar(words);
        Span<uint> value = stackalloc uint[1];
        for (var at = offset; at < offset + (4 * count); at += 4)
        {
            if (!_probe.ReadMemory(bar + at, value))
            {
                _output.WriteLine($"  0x{at:x3}: refused (Unsupported Request)");
                return null;
            }

            _output.WriteLine($"  0x{at:x3}: 0x{value[0]:x8}");
        }

        return value[0];
    }

    private ulong? Write(ConsoleWords words)
    {
        const int MostDws = 8;
        var offset = words.NumberOrName("register", ExerciserSlot.Registers, 0xFFFC) & ~3UL;
        var values = new List<uint> { (uint)words.Number("value", uint.MaxValue) };
        while (!words.IsEmpty && values.Count < MostDws)
        {
            values.Add((uint)words.Number("value", uint.MaxValue));
        }

        _probe.WriteMemory(Bar(words) + offset, values.ToArray());
        return null;
    }

    private ulong? Slot(ConsoleWords words)
    {
        var slot = (int)words.Number("slot", ExerciserSlot.Count - 1);
        var bar = Bar(words);
        if (!words.IsEmpty)
        {
            StartSlot(words, bar, slot);
        }

        if (!ExerciserSlot.TryRead(_probe, bar, slot, out var state))
        {
            throw words.Back("the exerciser does not answer", "Compare BAR0 with docs/exerciser.md.");
        }

        var how = state.IsBusy ? "busy"
            : !state.IsDone ? "nothing was done"
            : state.Error == 0 ? string.Create(CultureInfo.InvariantCulture, $"done, {state.LengthDw} DWs, data 0x{state.Data:x16}, digest 0x{state.Digest:x8}")
            : string.Create(CultureInfo.InvariantCulture, $"error {state.Error}: {state.ErrorText}, after {state.LengthDw} DWs");
        _output.WriteLine($"  slot {slot}: {how}");
        return state.IsBusy ? null : (ulong)state.Error;
    }

    private void StartSlot(ConsoleWords words, ulong bar, int slot)
    {
        const ulong Patience = 20_000;
        const ulong Step = 500;
        var kind = words.Take("read, write or atomic");
        var command = kind switch
        {
            "read" => 1u,
            "write" => 2u,
            "atomic" => 3u,
            _ => throw words.Back($"'{kind}' is no operation", "Operations are read, write and atomic."),
        };
        var address = words.Number("address");
        var bytes = (uint)words.Number("number of bytes", 4096);
        uint? pasid = null;
        var seed = 0u;
        while (!words.IsEmpty)
        {
            if (words.Flag("untranslated"))
            {
                command |= 1 << 3;
            }
            else if (words.Flag("no-write"))
            {
                command |= 1 << 2;
            }
            else if (words.Option("pasid", Pasid.MaxValue) is { } id)
            {
                pasid = (uint)id;
            }
            else if (words.Option("seed", uint.MaxValue) is { } value)
            {
                seed = (uint)value;
            }
            else
            {
                throw words.Error($"'{words.Peek()}' is no option", "Options are pasid=N, seed=N, untranslated and no-write.");
            }
        }

        _probe.WriteMemory(bar + (ulong)ExerciserSlot.OffsetOf(slot), ExerciserSlot.Start(address, bytes, pasid, seed, command));
        for (var run = 0UL; run < Patience && ExerciserSlot.TryRead(_probe, bar, slot, out var state) && state.IsBusy; run += Step)
        {
            _probe.Run(Step);
        }
    }

    private ulong? Invalidate(ConsoleWords words)
    {
        var address = words.Number("address");
        ulong bytes = 4096;
        if (words.Peek() is { } next && char.IsDigit(next[0]))
        {
            bytes = words.Number("number of bytes");
            if (bytes < 4096 || !ulong.IsPow2(bytes))
            {
                throw words.Back($"0x{bytes:x} is no size of a block", "A block is a power of two, 0x1000 or more.");
            }
        }

        Pasid? pasid = null;
        var itag = 0UL;
        while (!words.IsEmpty)
        {
            if (words.Option("pasid", Pasid.MaxValue) is { } id)
            {
                pasid = new Pasid((uint)id);
            }
            else
            {
                itag = words.Option("itag", ITag.Count - 1) ?? throw words.Error($"'{words.Peek()}' is no option", "Options are pasid=N and itag=N.");
            }
        }

        var request = new InvalidateRequest(
            _probe.Host, DeviceProbe.Function(0), new ITag((byte)itag), AtsRange.Around(address, int.CreateChecked(ulong.Log2(bytes))).ToInvalidatePayload());
        Span<byte> tlp = stackalloc byte[64];
        var before = _completions;
        SendAndRun(tlp[..TlpWriter.WriteInvalidateRequest(tlp, request, TlpOptions.WithPasid(pasid))]);
        return _completions - before;
    }

    private ulong? Tlp(ConsoleWords words) => SendAndRun(Bytes(words));

    private ulong? Decode(ConsoleWords words)
    {
        _output.Write(TlpText.Describe(Bytes(words)));
        return null;
    }

    private static byte[] Bytes(ConsoleWords words)
    {
        var column = words.Column;
        return HexText.TryParse(words.Rest(), out var bytes, out var fault)
            ? bytes
            : throw new ConsoleFault(column + Math.Max(0, fault.Column - 1), fault.What, "Digits stand in wire order.");
    }

    private ulong? SendAndRun(ReadOnlySpan<byte> tlp)
    {
        _output.WriteLine($"  > {TlpText.Line(tlp)}");
        _probe.Send(tlp);
        return Run(RunUsually);
    }

    private ulong? Run(ulong cycles)
    {
        _probe.Run(cycles);
        return null;
    }

    private ulong? Answer(ConsoleWords words)
    {
        var word = words.Take("on or off");
        _answers = word is "on" or "off" ? word == "on" : throw words.Back($"'{word}' is neither on nor off", "");
        return null;
    }
}
