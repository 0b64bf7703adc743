"""What JupyterLab saves of a panel: its stills, without the view of a widget that will be gone.

`make lab` starts Jupyter's server with this, since JupyterLab would show, when the notebook is
opened again, "Error displaying widget: model not found" in place of the stills beside the view.
"""

VIEW = "application/vnd.jupyter.widget-view+json"


def keep_stills(model, **_):
    """Jupyter's pre_save_hook: take the widget's view from outputs that hold a picture, too.

    model: of jupyter_server's contents service, changed in place; what is open stays as it is.
    """
    if model.get("type") != "notebook" or not model.get("content"):
        return
    for cell in model["content"].get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VIEW in data and "image/png" in data:
                del data[VIEW]
