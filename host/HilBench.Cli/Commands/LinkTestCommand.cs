using System.CommandLine;
using System.Globalization;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench link test</c>: round trips, throughput and errors of the link to a board.</summary>
internal sealed class LinkTestCommand : BenchCommand
{
    private const int WidestBar = 40;

    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Option<string> _device = new("--device")
    {
        Description = "The board: serial:/dev/ttyUSB0?baud=RATE, usb:SERIAL, pcie:0000:01:00.0, tcp:HOST:PORT, unix:PATH, rtl-uart:, or board:NAME of the bench file.",
        HelpName = "URI",
        Required = true,
    };

    private readonly BoardArguments _boards = new();
    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "How long each of the two measurements takes.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<int> _bytes = new("--bytes")
    {
        Description = "Payload of each frame.",
        HelpName = "N",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.link-test/1." };

    public LinkTestCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "test",
            "Measures round trips, throughput and errors of the link to a board.",
            "hilbench link test --device 'serial:/dev/ttyUSB0?baud=3000000'",
            "hilbench link test --device tcp:127.0.0.1:4711 --bytes 512 --json")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_device);
        _boards.AddTo(this);
        Add(_seconds);
        Add(_bytes);
        Add(_json);
        _seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 100_000))
            {
                result.AddError("--seconds: give a number above 0.");
            }
        });
        _bytes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 4 and <= LinkLimits.MaxPayload))
            {
                result.AddError($"--bytes: give 4 to {LinkLimits.MaxPayload}.");
            }
        });
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var text = parse.GetRequiredValue(_device);
        var target = _boards.Resolve(parse, text);
        using var taken = target.Take("link test");
        using var link = OpenLink(target.Uri, text, out var time, out var byteNs);
        link.Open();
        var result = Measure(link, time, parse.GetValue(_bytes), TimeSpan.FromSeconds(parse.GetValue(_seconds)), byteNs);
        if (parse.GetValue(_json))
        {
            WriteJson(text, result);
        }
        else
        {
            Print(text, result);
        }

        return _cancel.IsCancellationRequested ? ExitCode.Interrupted : result.Wrong > 0 ? ExitCode.Wrong : ExitCode.Good;
    }

    private static HostLink OpenLink(DeviceUri uri, string text, out TimeProvider time, out long byteNs)
    {
        if (uri.Scheme == DeviceScheme.RtlUart)
        {
            byteNs = DeviceFactory.UartByteNs;
            return DeviceFactory.OpenUart(uri, BuiltFolders.Devices, out time);
        }

        if (uri.Carrier is not { } carrier)
        {
            throw new InputException($"'{text}' has no link", "A link leads to a board: serial:, usb:, pcie:, tcp:, unix: or rtl-uart:.");
        }

        (time, byteNs) = (TimeProvider.System, carrier.ByteNs);
        return DeviceFactory.OpenLink(carrier, time);
    }

    private LinkTestResult Measure(HostLink link, TimeProvider time, int bytes, TimeSpan wait, long byteNs)
    {
        if (!link.Board.Features.HasFlag(BoardFeatures.Echo))
        {
            throw new BenchException(BenchLayer.Board, $"{link.Name}: {link.Board.Name} sends nothing back", "It is built without ECHO.");
        }

        var probe = new LinkProbe(link, time, Math.Min(bytes, link.LongestPayload));
        var boardBefore = probe.BoardCounters();
        var roundTrips = probe.MeasureRoundTrips(wait, _cancel);
        var throughput = probe.MeasureThroughput(wait, _cancel);
        var boardAfter = probe.BoardCounters();
        return new LinkTestResult(
            link.Board, Math.Min(bytes, link.LongestPayload), roundTrips, throughput, link.Counters,
            boardBefore is null || boardAfter is null ? null : [.. boardAfter.Zip(boardBefore, (after, before) => after - before)],
            probe.Wrong,
            byteNs == 0 ? null : LinkProbe.PayloadLimit(byteNs, Math.Min(bytes, link.LongestPayload)));
    }

    private void Print(string device, LinkTestResult result)
    {
        var culture = CultureInfo.InvariantCulture;
        _terminal.Out.WriteLine($"{device}: {result.Board.Name} {result.Board.Version}");
        _terminal.Out.WriteLine();
        _terminal.Out.WriteLine(string.Create(culture, $"round trip of {result.Bytes} bytes, {result.RoundTrips.Count} times"));
        foreach (var (name, share) in LinkTestResult.Percentiles)
        {
            _terminal.Out.WriteLine(string.Create(culture, $"  {name,-7} {result.Percentile(share),10:N0} us"));
        }

        PrintHistogram(result);
        _terminal.Out.WriteLine();
        _terminal.Out.WriteLine(string.Create(culture, $"throughput, there and back at once: {result.Throughput:N0} bytes/s of payload each way"));
        if (result.Share is { } reached)
        {
            _terminal.Out.WriteLine(string.Create(
                culture, $"that is {reached:0.0%} of what the baud rate carries: {result.PayloadLimit:N0} bytes/s of payload in frames of {result.Bytes}"));
        }

        _terminal.Out.WriteLine(string.Create(
            culture,
            $"to the host:  {result.Host.Frames:N0} frames, {result.Host.BrokenFrames:N0} broken, bit error rate {result.HostErrorRate:0.0e+0}"));
        if (result.BoardCounters is { Count: > 1 } board)
        {
            _terminal.Out.WriteLine(string.Create(
                culture, $"to the board: {board[0]:N0} frames, {board[1]:N0} broken, bit error rate {result.BoardErrorRate:0.0e+0}"));
        }

        _terminal.Out.WriteLine(string.Create(
            culture,
            $"sent again by the host: {result.Host.Repeated:N0}; lost, doubled or altered after all: {result.Wrong:N0}"));
    }

    // Steps of 1, 2, 5.
    private void PrintHistogram(LinkTestResult result)
    {
        var steps = result.Histogram();
        var most = steps.Max(step => step.Count);
        foreach (var (upToUs, count) in steps)
        {
            var bar = new string('#', (int)Math.Ceiling((double)count / most * WidestBar));
            _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  <= {upToUs,9:N0} us {count,8:N0} {bar}"));
        }
    }

    private void WriteJson(string device, LinkTestResult result) => JsonOutput.Write(_terminal.Out, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.link-test/1");
        writer.WriteString("device", device);
        writer.WriteString("board", result.Board.Name);
        writer.WriteString("version", result.Board.Version);
        writer.WriteNumber("payloadBytes", result.Bytes);
        writer.WriteStartObject("roundTripUs");
        writer.WriteNumber("count", result.RoundTrips.Count);
        foreach (var (name, share) in LinkTestResult.Percentiles)
        {
            writer.WriteNumber(name, Math.Round(result.Percentile(share), 1));
        }

        writer.WriteEndObject();
        writer.WriteStartArray("histogram");
        foreach (var (upToUs, count) in result.Histogram())
        {
            writer.WriteStartObject();
            writer.WriteNumber("upToUs", upToUs);
            writer.WriteNumber("count", count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("bytesPerSecond", Math.Round(result.Throughput));
        if (result.Share is { } reached)
        {
            writer.WriteNumber("payloadLimitBytesPerSecond", Math.Round(result.PayloadLimit ?? 0));
            writer.WriteNumber("shareOfPayloadLimit", Math.Round(reached, 4));
        }

        writer.WriteNumber("framesToHost", result.Host.Frames);
        writer.WriteNumber("brokenToHost", result.Host.BrokenFrames);
        writer.WriteNumber("bitErrorRateToHost", result.HostErrorRate);
        if (result.BoardCounters is { Count: > 1 } board)
        {
            writer.WriteNumber("framesToBoard", board[0]);
            writer.WriteNumber("brokenToBoard", board[1]);
            writer.WriteNumber("bitErrorRateToBoard", result.BoardErrorRate);
        }

        writer.WriteNumber("sentAgain", result.Host.Repeated);
        writer.WriteNumber("wrong", result.Wrong);
        writer.WriteEndObject();
    });
}
