const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  onComplete: () => { document.title = ui.specSelectors.info().get("title") },
})
