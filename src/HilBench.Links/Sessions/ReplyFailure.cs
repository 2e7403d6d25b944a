using System.Text;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>What a reply with another status than "done" means.</summary>
internal static class ReplyFailure
{
    private const int TextAt = 4;

    /// <summary>The operation's name as the protocol writes it.</summary>
    public static string NameOf(byte operation) => (BoardOperation)operation switch
    {
        BoardOperation.ForgetFaults => "FORGET_FAULTS",
        BoardOperation.SelfTest => "SELF_TEST",
        var known when Enum.IsDefined(known) => known.ToString().ToUpperInvariant(),
        _ => $"operation 0x{operation:x2}",
    };

    /// <exception cref="BenchException">Board: the status is not "done".</exception>
    public static void ThrowIfFailed(string name, ReadOnlySpan<byte> reply)
    {
        if (reply[1] == (byte)ReplyStatus.Done)
        {
            return;
        }

        var text = reply.Length > TextAt ? $": {Encoding.UTF8.GetString(reply[TextAt..])}" : "";
        var operation = NameOf(reply[0]);
        throw (ReplyStatus)reply[1] switch
        {
            ReplyStatus.Unknown => new BenchException(
                BenchLayer.Board, $"{name}: the board does not know {operation}", "Its firmware is older than this bench."),
            ReplyStatus.Malformed => new BenchException(
                BenchLayer.Link, $"{name}: the board takes {operation} for malformed", "Bring both sides to the same release."),
            ReplyStatus.Refused => new BenchException(
                BenchLayer.Board, $"{name}: the board refuses {operation} in its present state{text}",
                "Switch its power on, or reset it, first."),
            ReplyStatus.NothingBehind => new BenchException(
                BenchLayer.Board, $"{name}: what lies behind the bridge does not answer{text}",
                "Is the FPGA configured and the device powered?"),
            _ => new BenchException(
                BenchLayer.Board, $"{name}: {operation} failed on the board{text}", "Look at the board's log."),
        };
    }
}
