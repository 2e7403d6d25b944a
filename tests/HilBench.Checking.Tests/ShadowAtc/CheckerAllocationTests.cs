namespace HilBench.Checking.Tests;

public sealed class CheckerAllocationTests
{
    private const ulong Va = 0x7F00_0020_0000;

    [TestCase("")]
    [TestCase("ATS-INV-009 ATS-ICP-020")]
    public void Translating_reading_writing_and_invalidating_allocates_nothing(string focus)
    {
        var link = new ScriptedLink();
        link.Checker.Focus = focus.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Loop(link, 200);

        var allocated = Allocation.Of(() => Loop(link, 1000));

        Assert.That(allocated, Is.Zero);
        Assert.That(link.BrokenRules, Is.Empty);
    }

    private static void Loop(ScriptedLink link, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var page = (ulong)(i % 64) << 12;
            link.Start(0, Va + page, lengthBytes: 256, isWrite: true);
            link.Start(1, Va + page, lengthBytes: 128);
            link.Grant(Va + page, 0x8000_0000 + page);
            link.Write(0x8000_0000 + page, lengthDw: 32);
            link.Read(0x8000_0000 + page, lengthDw: 32);
            link.Invalidate(3, Va + page);
            link.AnswerRead(lengthDw: 32);
            link.Complete(1u << 3);
            link.Finish(0);
            link.Finish(1);
        }
    }
}
