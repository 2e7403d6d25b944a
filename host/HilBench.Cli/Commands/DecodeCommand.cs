using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench decode</c>: TLPs in words.</summary>
internal sealed class DecodeCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly Argument<string[]> _input = new("HEX|FILE")
    {
        Description = "Hexadecimal digits of one TLP in wire order, or a file with one TLP in each line (# starts a comment), or - for stdin.",
        HelpName = "HEX|FILE",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object, schema hilbench.decode/1." };

    public DecodeCommand(Terminal terminal)
        : base(
            "decode",
            "Says in words what the bytes of a TLP mean.",
            "hilbench decode 91012345 72000002 00000501 01000000 00000000 00007f00 002ff801",
            "hilbench decode capture.txt",
            "hilbench decode --json 20000402,010007ff,00007f00,00200000")
    {
        _terminal = terminal;
        Add(_input);
        Add(_json);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var words = parse.GetRequiredValue(_input);
        var file = words is [var only] && (only == "-" || File.Exists(only)) ? only : null;
        var tlps = file is null ? [OfCommandLine(string.Join(' ', words))] : OfFile(file);
        if (parse.GetValue(_json))
        {
            JsonOutput.Write(_terminal.Out, writer => DecodeJson.Write(writer, tlps));
        }
        else
        {
            Print(tlps);
        }

        if (tlps.FirstOrDefault(tlp => !tlp.IsTlp) is not { } malformed)
        {
            return ExitCode.Good;
        }

        return file is null
            ? ExitCode.Wrong
            : throw new InputException(file, malformed.Line, 1, malformed.Fault.Sentence, "Each line holds one whole TLP.");
    }

    private static DecodedTlp OfCommandLine(string text) =>
        HexText.TryParse(text, out var bytes, out var fault)
            ? DecodedTlp.Of(0, bytes)
            : throw new InputException(
                $"'{text}' is neither a file nor hexadecimal ({fault})",
                "Give digits as in: hilbench decode 20000402 010007ff 00007f00 00200000");

    private static List<DecodedTlp> OfFile(string file)
    {
        var tlps = new List<DecodedTlp>();
        var number = 0;
        foreach (var line in Lines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line.Split('#')[0]))
            {
                continue;
            }

            if (!HexText.TryParse(line, out var bytes, out var fault))
            {
                throw new InputException(file, number, fault.Column, fault.What, "Each line holds one TLP in hexadecimal.");
            }

            tlps.Add(DecodedTlp.Of(number, bytes));
        }

        return tlps.Count > 0 ? tlps : throw new InputException(file, 1, 1, "there is no TLP", "Give one TLP in each line.");
    }

    private static string[] Lines(string file)
    {
        try
        {
            return file == "-" ? Console.In.ReadToEnd().Split('\n') : File.ReadAllLines(file);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, 0, 0, $"cannot be read ({cause.Message})", "Name a text file.");
        }
    }

    private void Print(IReadOnlyList<DecodedTlp> tlps)
    {
        foreach (var tlp in tlps)
        {
            if (tlp.Line > 0)
            {
                _terminal.Out.WriteLine($"line {tlp.Line}:");
            }

            _terminal.Out.Write(TlpText.Describe(tlp.Bytes));
        }
    }
}
