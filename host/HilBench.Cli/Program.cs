using HilBench.Cli.Output;
using HilBench.Journal;

namespace HilBench.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
#if HILBENCH_VENDOR
        Vendor.LibUsbDotNet.LibUsbDotNetCarrier.Register();
        Vendor.SerialPorts.SerialPortsCarrier.Register();
        Vendor.IotDevices.IotGearBox.Register();
#endif
        var terminal = Terminal.OfProcess();
        using var interrupt = new Interrupt();
        try
        {
            return Invoke(arguments, terminal, interrupt);
        }
        catch (InputException wrong)
        {
            terminal.Complain(wrong.Message);
            return ExitCode.Input;
        }
        catch (BenchException failure)
        {
            terminal.Complain(failure.Message);
            return ExitCode.Bench;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            terminal.Complain("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception bug)
        {
            terminal.Complain($"bug: {bug.Message} Please report it with the lines below.");
            terminal.Error.WriteLine(bug.ToString());
            return ExitCode.Bench;
        }
    }

    private static int Invoke(string[] arguments, Terminal terminal, Interrupt interrupt)
    {
        var parse = CommandTree.Build(terminal, interrupt.Token).Parse(arguments);
        if (parse.Errors.Count > 0 && parse.Action is not ICleanAction)
        {
            ParseErrors.Print(parse, terminal);
            return ExitCode.Input;
        }

        return parse.Invoke(new() { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false });
    }
}
