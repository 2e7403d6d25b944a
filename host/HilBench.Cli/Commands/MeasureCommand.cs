using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HilBench.Cli.Output;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench bench</c>: what HilBench costs beside a loop written by hand, and what its host costs.</summary>
internal sealed class MeasureCommand : BenchCommand
{
    private static readonly JsonSerializerOptions _jsonOptions =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "Alternating rounds, at least 5; each takes about 0.3 s.",
        DefaultValueFactory = _ => 15,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.bench/1." };

    public MeasureCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "bench",
            "Measures transactions and cycles each second on rtl:, beside the same loop written by hand in C++.",
            "hilbench bench",
            "hilbench bench --rounds 31 --json")
    {
        _terminal = terminal;
        _cancel = cancel;
        _rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 5)
            {
                result.AddError("--rounds must be at least 5: fewer say nothing on a noisy machine.");
            }
        });
        Add(_rounds);
        Add(_json);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var rounds = parse.GetValue(_rounds);
        var benchmark = new ClosedLoopBenchmark(BuiltFolders.Devices, BuiltFolders.ClosedLoop, TimeProvider.System);
        IReadOnlyList<BenchmarkRow> rows;
        IReadOnlyList<HostMeasurement> host;
        IReadOnlyList<HostMeasurement> explorer;
        try
        {
            rows = benchmark.Run(rounds, _ => { }, _cancel);
            host = new HostBenchmark(TimeProvider.System).Run(rounds, _cancel);
            explorer = new ExploreBenchmark(BuiltFolders.Devices, TimeProvider.System).Run(rounds, _cancel);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }

        if (parse.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(new { Schema = "hilbench.bench/1", Rounds = rounds, Rows = rows, Host = host, Explorer = explorer }, _jsonOptions));
            return ExitCode.Good;
        }

        PrintLoop(rows, rounds);
        PrintHost("host engine", host, rounds);
        PrintHost("explorer", explorer, rounds);
        return ExitCode.Good;
    }

    private void PrintLoop(IReadOnlyList<BenchmarkRow> rows, int rounds)
    {
        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"closed loop on rtl:, medians of {rounds} alternating rounds"));
        _terminal.Out.WriteLine();
        _terminal.Out.WriteLine($"{"",-30} {"transactions/s",14} {"cycles/s",12} {"of (a)",7} {"bytes/transaction",18}");
        foreach (var row in rows)
        {
            var ratio = row.Ratio is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";
            var bytes = row.BytesPerTransaction is { } allocated ? allocated.ToString("0.##", CultureInfo.InvariantCulture) : "-";
            _terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Name,-30} {row.TransactionsPerSecond,14:N0} {row.CyclesPerSecond,12:N0} {ratio,7} {bytes,18}"));
        }
    }

    private void PrintHost(string what, IReadOnlyList<HostMeasurement> rows, int rounds)
    {
        _terminal.Out.WriteLine();
        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}, medians of {rounds} alternating rounds"));
        _terminal.Out.WriteLine();
        PlainTable.Print(_terminal.Out, ["", "", "", "of the first of its kind"], 1, [.. rows.Select(Cells)]);

        static string[] Cells(HostMeasurement row) =>
        [
            row.Name,
            row.Value.ToString(row.Value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture),
            row.Unit,
            row.Ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",
        ];
    }
}
